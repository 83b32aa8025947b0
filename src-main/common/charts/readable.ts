/** A point of a chart that can be reached by pointer or keys, and its text. */
export interface ReadablePoint {
  /** In the chart's own units. */
  readonly x: number;
  readonly y: number;
  /** Its panel, from 0, if a chart has several. */
  readonly panel?: number;
  /** The series that it belongs to; left and right walk along it. */
  readonly series: string;
  /** `A3B+, replicate 2` */
  readonly title: string;
  /** `63.4%`, `95% interval 60.1 to 66.5` ... */
  readonly lines: readonly string[];
  /** The networks that the number comes from. */
  readonly behind?: Behind;
}

export interface Behind {
  readonly study: string;
  readonly networks: readonly { readonly name: string; readonly replicate: number }[];
}

/** Pixels from the left and the top of the drawing. */
export interface Place {
  readonly left: number;
  readonly top: number;
}

interface Scale {
  readonly domain: readonly unknown[];
  readonly range: readonly number[];
  apply(value: unknown): number;
}
/** What Observable Plot adds to its chart elements. */
type Plotted = SVGSVGElement & { scale(name: string): Scale | undefined };

/** Where a chart drawn by Observable Plot shows a point. Undefined if it doesn't. */
export function positionOf(chart: SVGSVGElement, { x, y, panel = 0 }: ReadablePoint): Place | undefined {
  const scale = (name: string) => (chart as Plotted).scale(name);
  const columns = scale('fx')?.domain.length ?? 1;
  const left = (scale('x')?.apply(x) ?? NaN) + shift(scale('fx'), panel % columns);
  const top = (scale('y')?.apply(y) ?? NaN) + shift(scale('fy'), Math.floor(panel / columns));
  return Number.isFinite(left) && Number.isFinite(top) ? { left, top } : undefined;
}

/** How far a panel is from the origin of the chart's scales. */
const shift = (panels: Scale | undefined, index: number): number =>
  panels ? panels.apply(index) - panels.range[0] : 0;

/** The point nearest to the pointer within `reach` pixels. */
export function nearest(places: readonly (Place | undefined)[], at: Place, reach = 40): number | undefined {
  let best: number | undefined;
  let least = reach * reach;
  places.forEach((place, index) => {
    if (!place) return;
    const distance = (place.left - at.left) ** 2 + (place.top - at.top) ** 2;
    if (distance <= least) [best, least] = [index, distance];
  });
  return best;
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'first' | 'last';

/**
 * The point that a key leads to: left and right along the series by rising x, up and down to the series before and
 * after at the nearest x. Stays if there is nothing further. Any point can be reached from any other.
 */
export function walk(points: readonly ReadablePoint[], from: number, step: Step): number {
  const at = points[from];
  const series = [...new Set(points.map((point) => point.series))];
  if (step === 'up' || step === 'down') {
    const other = series[series.indexOf(at.series) + (step === 'up' ? -1 : 1)];
    const members = along(points, other);
    return members.length === 0 ? from : closest(points, members, at.x);
  }
  const members = along(points, at.series);
  const place = members.indexOf(from);
  const next = { left: place - 1, right: place + 1, first: 0, last: members.length - 1 }[step];
  return members[next] ?? from;
}

/** Indices of a series' points by rising x. */
function along(points: readonly ReadablePoint[], series: string | undefined): number[] {
  const members = points.flatMap((point, index) => (point.series === series ? [index] : []));
  return members.sort((a, b) => points[a].x - points[b].x);
}

function closest(points: readonly ReadablePoint[], members: readonly number[], x: number): number {
  return members.reduce((best, index) => (Math.abs(points[index].x - x) < Math.abs(points[best].x - x) ? index : best));
}
