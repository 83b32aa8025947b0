import { describeErrorRates } from './error-rates.ts';

describeErrorRates(2000);
