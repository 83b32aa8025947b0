import { mount } from 'svelte';
import App from './App.svelte';
import { access } from './state/access.svelte.ts';
import './state/theme.svelte.ts';
import './style/tokens.css';
import './style/base.css';

access.watchLinks();
mount(App, { target: document.getElementById('app')! });
