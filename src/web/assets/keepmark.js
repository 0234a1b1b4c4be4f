// What pages gain when scripts run: times in the reader's words, copying, keys, picking many photos, a closer
// look, a file's hash, the map. Every page is complete without this file. It keeps nothing in the browser and asks the server for
// nothing but places, the outline of land and, on request, an original.

/** An element with properties and children; texts of others are only ever text. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const status = make('p', { className: 'unseen', role: 'status' });
document.body.append(status);

/** Tells those who listen to the page instead of looking at it, when they have heard the rest. */
function say(text) {
  status.textContent = '';
  requestAnimationFrame(() => { status.textContent = text; });
}

// --- Times and numbers -------------------------------------------------------------------------------------
// People who sign for a photo read times in their own language. The parts stay those of the server's text, so that
// lines keep their length; what the time is never changes.

const spoken = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions();
const language = spoken.locale;
// Twelve hours twice are written 9:05, twenty-four hours 09:05.
const hour = spoken.hour12 ? 'numeric' : '2-digit';

function partsOf(text) {
  const month = /\p{L}{4,}/u.test(text) ? 'long' : 'short';
  const hasTime = /\d:\d\d/.test(text);
  return {
    ...(/\p{L},/u.test(text) && { weekday: 'long' }),
    ...(/\b\d{4}\b/.test(text) && { year: 'numeric', month }),
    ...(/^(\p{L}+, )?\d+ \p{L}/u.test(text) && { day: 'numeric' }),
    ...(hasTime && { hour, minute: '2-digit' }),
    ...(/:\d\d:\d\d/.test(text) && { second: '2-digit' }),
  };
}

function written(text, date, zone = {}) {
  const parts = partsOf(text);
  if (Number.isNaN(date.valueOf()) || Object.keys(parts).length === 0) return text;
  const named = parts.hour ? zone : { timeZone: zone.timeZone };
  return new Intl.DateTimeFormat(language, { ...parts, ...named }).format(date);
}

function rewrite(time, date, zone) {
  time.textContent = written(time.textContent, date, zone);
  time.lang = language;
}

// Civil time at the place of the photo: written as if it were UTC, because it must not be shifted to anybody's zone.
const CIVIL = { timeZone: 'UTC' };

/** Of a month, a day or a time. */
function civil(text) {
  const [year, month, day = 1, ...time] = text.split(/\D+/).map(Number);
  return new Date(Date.UTC(year, month - 1, day, ...time.slice(0, 3)));
}

for (const time of document.querySelectorAll('time[data-local]')) rewrite(time, civil(time.dateTime), CIVIL);

// Instants, in the reader's zone and with its name; what the server wrote stays as the title.
for (const time of document.querySelectorAll('time[datetime$="Z"]')) {
  time.title ||= time.textContent.includes('UTC') ? time.textContent : `${time.dateTime} (UTC)`;
  rewrite(time, new Date(time.dateTime), { timeZoneName: 'short' });
}

const numbers = new Intl.NumberFormat(language);

for (const data of document.querySelectorAll('data[value]')) {
  const value = Number(data.value);
  if (data.value === '' || Number.isNaN(value)) continue;
  data.textContent = data.textContent.replace(/\d(?:[\d\s.,'’]*\d)?/, numbers.format(value));
}

// What the chart says of a week: a number first, its day last.
for (const title of document.querySelectorAll('title[data-local]')) {
  const day = written('1 Jan 2000', civil(title.dataset.local), CIVIL);
  const count = numbers.format(title.dataset.value);
  title.textContent = title.textContent.replace(/^[\d\s]*\d/, count).replace(/\d+ \p{L}+ \d{4}$/u, day);
}

// --- Copying -----------------------------------------------------------------------------------------------
// Codes are shown in groups and copied as they were announced.

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP there is no clipboard: a field with the text selected can be copied by hand at the worst.
    const field = make('input', { className: 'copied', value: text, readOnly: true, ariaLabel: 'The text to copy' });
    button.after(field);
    field.select();
    if (!document.execCommand('copy')) {
      say('Selected, ready to copy');
      field.addEventListener('blur', () => field.remove());
      return;
    }
    field.remove();
    button.focus();
  }
  button.textContent = 'Copied';
  say('Copied');
  // It stays until the reader goes on: nothing vanishes before it is read.
  button.addEventListener('blur', () => { button.textContent = 'Copy'; }, { once: true });
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}

// --- Dialogs -----------------------------------------------------------------------------------------------
// The browser's own: it closes on Escape, keeps the focus inside and gives it back.

function open(dialog) {
  const before = document.activeElement;
  const close = make('button', { type: 'button', className: 'plain close', textContent: 'Close' });
  close.addEventListener('click', () => dialog.close());
  dialog.append(close);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}

const KEYS = [
  ['← → ↑ ↓', 'from photo to photo'],
  ['Enter', 'open the photo'],
  ['x', 'tick the photo'],
  ['z', 'look closer, then at real size'],
  ['/', 'search'],
  ['Esc', 'close, or one level up'],
  ['?', 'these keys'],
];

function showKeys() {
  const rows = KEYS.flatMap(([keys, does]) => [make('dt', {}, make('kbd', {}, keys)), make('dd', {}, does)]);
  const title = make('h2', { id: 'keys' }, 'Keys');
  const dialog = make('dialog', { className: 'keys' }, title, make('dl', {}, ...rows));
  dialog.setAttribute('aria-labelledby', 'keys');
  open(dialog);
  return true;
}

// --- A closer look -----------------------------------------------------------------------------------------
// First the whole photo as large as the window, then pixel for pixel; the original is fetched only for that.

const figure = document.querySelector('figure.photo');

function look() {
  const shown = figure?.querySelector('img');
  if (!shown) return false;
  const image = make('img', { src: shown.currentSrc || shown.src, alt: shown.alt });
  const button = make('button', { type: 'button', className: 'paper', ariaLabel: 'Real size' }, image);
  const dialog = make('dialog', { className: 'zoom', ariaLabel: 'The photo, closer' }, button);
  const toggle = async (x = 0.5, y = 0.5) => {
    if (!dialog.classList.contains('real')) await loadOriginal(image, dialog);
    const isReal = dialog.classList.toggle('real');
    button.ariaLabel = isReal ? 'Fit the window' : 'Real size';
    dialog.scrollTo(x * image.width - innerWidth / 2, y * image.height - innerHeight / 2);
  };
  button.addEventListener('click', (event) => {
    // A click by keyboard has no place: the middle then.
    const box = image.getBoundingClientRect();
    const isPlaced = event.detail > 0;
    toggle(...(isPlaced ? [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height] : []));
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'z' && !event.ctrlKey && !event.metaKey && !event.altKey) toggle();
  });
  open(dialog);
  return true;
}

/** Puts the original in the place of the smaller image; where it cannot be had, that one must do. */
async function loadOriginal(image, dialog) {
  const address = figure.dataset.original;
  if (!address || image.dataset.isOriginal) return;
  dialog.classList.add('loading');
  try {
    const original = make('img', { src: address });
    await original.decode();
    image.src = address;
    image.dataset.isOriginal = 'true';
    await image.decode();
  } catch {
    say('The original could not be loaded');
  }
  dialog.classList.remove('loading');
}

figure?.querySelector('a.look')?.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  look();
});

// --- Keys --------------------------------------------------------------------------------------------------
// Two hundred photos a day are looked through without a mouse. Links stay links: a key only moves the focus or follows.

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
}

const frames = [...document.querySelectorAll('.sheet .cell .frame')];

function focusFrame(frame) {
  if (!frame) return false;
  frame.focus({ preventScroll: true });
  frame.closest('.cell').scrollIntoView({ block: 'nearest' });
  return true;
}

/** Along the sheet as it is read, or into it where the reader is. */
function step(by) {
  if (frames.length === 0) return follow(by < 0 ? 'a[rel~=prev]' : 'a[rel~=next]');
  const at = frames.indexOf(focused());
  if (at >= 0) return focusFrame(frames[at + by]);
  return focusFrame(frames.find((frame) => frame.getBoundingClientRect().top >= 0) ?? frames[0]);
}

/** To the frame above or below; outside the sheet the page scrolls as ever. */
function climb(by) {
  const here = focused()?.getBoundingClientRect();
  if (!here) return false;
  const boxes = frames.map((frame) => ({ frame, box: frame.getBoundingClientRect() }));
  const beyond = boxes.filter(({ box }) => (box.top - here.top) * by > 1);
  const aside = ({ box }) => Math.abs(box.left - here.left);
  const away = ({ box }) => Math.abs(box.top - here.top);
  beyond.sort((a, b) => away(a) - away(b) || aside(a) - aside(b));
  return focusFrame(beyond[0]?.frame);
}

function focused() {
  return document.activeElement?.closest('.sheet .cell')?.querySelector('.frame');
}

function search() {
  const field = document.querySelector('input[type=search], input[name=q]');
  if (field) field.select();
  else location.assign('/search');
  return true;
}

function tick() {
  const box = focused()?.closest('.cell').querySelector('input[name=photo]');
  box?.click();
  return Boolean(box);
}

const DOES = {
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  ArrowUp: () => climb(-1),
  ArrowDown: () => climb(1),
  Escape: () => follow('.path a:last-of-type'),
  '/': search,
  '?': showKeys,
  x: tick,
  z: look,
};

document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  const isTyping = target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable], #map');
  // The question mark itself needs Shift on many keyboards.
  const isModified = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && key.length > 1);
  if (event.defaultPrevented || event.isComposing || isTyping || isModified) return;
  if (document.querySelector('dialog[open]') || !Object.hasOwn(DOES, key)) return;
  if (DOES[key]()) event.preventDefault();
});

// --- Picking many photos -----------------------------------------------------------------------------------
// The boxes belong to the form with or without this; here they can be ticked in rows, and are counted.

const form = document.querySelector('form#selection');
const boxes = form ? [...form.elements].filter((element) => element.name === 'photo') : [];

if (boxes.length > 0) {
  const output = form.querySelector('output');
  const every = form.querySelector('.all input');
  let last = null;

  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (output) output.textContent = ticked > 0 ? `${numbers.format(ticked)} selected` : 'None selected';
    const areAll = ticked === boxes.length;
    if (every) Object.assign(every, { checked: areAll, indeterminate: ticked > 0 && !areAll });
    for (const button of form.querySelectorAll('button')) button.disabled = ticked === 0;
  };

  for (const box of boxes) {
    box.addEventListener('click', (event) => {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      if (event.shiftKey && from >= 0) {
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  every?.closest('[hidden]')?.removeAttribute('hidden');
  every?.addEventListener('change', () => {
    for (const box of boxes) box.checked = every.checked;
    count();
  });
  // The browser ticks the boxes again when the reader comes back.
  addEventListener('pageshow', count);
  count();
}

// --- A file against the archive ----------------------------------------------------------------------------
// The bytes stay in the browser; their hash alone is asked for, by the same address as without this script.

const drop = document.querySelector('[data-hash]');

async function compare(file) {
  const note = drop.querySelector('[role=status]');
  note.textContent = `Computing the SHA-256 of ${file.name}`;
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    const digits = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0'));
    location.assign(`/audit/file?sha256=${digits.join('')}`);
  } catch {
    note.textContent = 'This browser could not read the file. Compute its SHA-256 yourself, and give it below.';
  }
}

if (drop) {
  drop.hidden = false;
  if (globalThis.crypto?.subtle) {
    drop.querySelector('input').addEventListener('change', (event) => {
      if (event.target.files[0]) compare(event.target.files[0]);
    });
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) compare(event.dataTransfer.files[0]);
    });
  } else {
    // Browsers compute hashes only on pages that came by HTTPS or from this machine itself.
    drop.textContent = 'This page came over plain HTTP, where browsers compute no SHA-256. Compute it yourself, and give it below.';
  }
}

// --- Map ---------------------------------------------------------------------------------------------------
// The library is loaded where there is a map and nowhere else. Land comes from this server; tiles of others are
// asked for only where the operator has said so, because they learn what is looked at.

const ELSEWHERE = 'The list has the same photos.';
const MOVED_MS = 250;
/** The outline is drawn at 1:110,000,000. */
const OUTLINE_ZOOM_MAX = 7;
/** In degrees. */
const GRID_STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];
const WORLD = [[-85, -180], [85, 180]];

async function startMap(container) {
  // The script's own edition is that of all files.
  const edition = new URL(import.meta.url).search;
  const style = make('link', { rel: 'stylesheet', href: `/assets/leaflet.css${edition}` });
  const styled = new Promise((resolve, reject) => Object.assign(style, { onload: resolve, onerror: reject }));
  document.head.append(style);
  await Promise.all([import(`/assets/leaflet.js${edition}`), styled]);
  const { L } = window;

  container.replaceChildren();
  container.setAttribute('role', 'region');
  container.ariaLabel ||= 'Map of places';
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const moves = { zoomAnimation: !isCalm, fadeAnimation: !isCalm, markerZoomAnimation: !isCalm, inertia: !isCalm };
  const map = L.map(container, { ...moves, maxBounds: WORLD, maxBoundsViscosity: 1, maxZoom: 18 });
  map.attributionControl.setPrefix(false);
  L.control.scale().addTo(map);
  const note = make('p', { className: 'said', role: 'status' });
  container.append(note);
  addGround(L, map, container.dataset, edition);
  const places = showPlaces(L, map, new URL(container.dataset.places, location), note);

  const bounds = boundsOf(new URLSearchParams(location.search).get('bbox')?.split(',').map(Number));
  if (bounds) map.fitBounds(bounds);
  else {
    map.fitWorld();
    const all = await places.ask();
    const around = L.latLngBounds(all?.map((place) => boundsOf(place.bbox)) ?? []);
    if (around.isValid()) map.fitBounds(around, { maxZoom: 15, padding: [32, 32] });
  }
  map.on('moveend', () => {
    places.askSoon();
    // The way back from a photo leads to the same part of the map.
    const here = new URL(location);
    here.searchParams.set('bbox', viewOf(map));
    history.replaceState(null, '', here);
  });
  places.askSoon();
}

/** West, south, east, north, as Leaflet wants it. */
function boundsOf([west, south, east, north] = []) {
  return [west, south, east, north].every(Number.isFinite) ? [[south, west], [north, east]] : null;
}

/** What is in view: west, south, east, north, within the world; five digits are a metre. */
function viewOf(map) {
  const view = map.getBounds();
  const within = (degrees, most) => Math.min(most, Math.max(-most, degrees)).toFixed(5);
  const sides = [[view.getWest(), 180], [view.getSouth(), 90], [view.getEast(), 180], [view.getNorth(), 90]];
  return sides.map(([degrees, most]) => within(degrees, most)).join(',');
}

/** Tiles where the operator has named some, else a grid of degrees and the outline of land. */
async function addGround(L, map, { tiles, attribution }, edition) {
  if (tiles) {
    L.tileLayer(tiles, { attribution: attribution ?? '', maxZoom: 19, noWrap: true }).addTo(map);
    return;
  }
  addGrid(L, map);
  const response = await fetch(`/assets/outline.json${edition}`);
  if (!response.ok) return;
  const land = L.geoJSON(await response.json(), {
    interactive: false,
    attribution: 'Land: Natural Earth',
    style: { className: 'land', weight: 1 },
  });
  // From nearer the coarse coast would put photos into the sea.
  const show = () => { (map.getZoom() > OUTLINE_ZOOM_MAX ? land.remove() : land.addTo(map)).bringToBack?.(); };
  map.on('zoomend', show);
  map.whenReady(show);
}

/** Four to ten lines each way, with their degrees at the lower and left edge. */
function addGrid(L, map) {
  const grid = L.layerGroup().addTo(map);
  const asDegrees = { style: 'unit', unit: 'degree', unitDisplay: 'narrow', maximumFractionDigits: 4 };
  const degrees = new Intl.NumberFormat(language, asDegrees);
  const line = (points, at, value) => {
    const icon = L.divIcon({ className: 'degrees', html: make('span', {}, degrees.format(value)), iconSize: null });
    grid.addLayer(L.polyline(points, { className: 'grid', weight: 1, interactive: false }));
    grid.addLayer(L.marker(at, { icon, interactive: false, keyboard: false, zIndexOffset: -10000 }));
  };
  map.on('moveend', () => {
    const view = map.getBounds();
    const [south, west, north, east] = [view.getSouth(), view.getWest(), view.getNorth(), view.getEast()];
    const step = GRID_STEPS.find((wide) => (east - west) / wide >= 4) ?? GRID_STEPS.at(-1);
    grid.clearLayers();
    for (let at = Math.ceil(west / step); at * step < east; at += 1) {
      line([[-85, at * step], [85, at * step]], [south, at * step], at * step);
    }
    for (let at = Math.ceil(south / step); at * step < north; at += 1) {
      line([[at * step, -180], [at * step, 180]], [at * step, west], at * step);
    }
  });
}

/** Asks for what lies in view and draws it; a new question ends the one before. */
function showPlaces(L, map, address, note) {
  const layer = L.layerGroup().addTo(map);
  let asking = new AbortController();
  let soon = 0;

  async function ask() {
    asking.abort();
    asking = new AbortController();
    address.searchParams.set('bbox', viewOf(map));
    address.searchParams.set('zoom', map.getZoom());
    try {
      const response = await fetch(address, { signal: asking.signal, headers: { accept: 'application/json' } });
      if (!response.ok) throw new Error(response.statusText);
      const { places, is_capped: isCapped } = await response.json();
      layer.clearLayers();
      for (const place of places) layer.addLayer(marker(L, map, place));
      const capped = isCapped ? 'Not all photos are shown: look closer, or narrow the search.' : '';
      note.textContent = places.length === 0 ? 'No photo lies here.' : capped;
      listPlaces(places, address);
      return places;
    } catch (error) {
      if (error.name !== 'AbortError') note.textContent = `The places could not be loaded. ${ELSEWHERE}`;
      return null;
    }
  }

  function askSoon() {
    clearTimeout(soon);
    soon = setTimeout(ask, MOVED_MS);
  }
  return { ask, askSoon };
}

/** The table beside the map has the places of the map, and what leads on from here leads to their photos. */
function listPlaces(places, { searchParams }) {
  const inView = (href) => {
    const url = new URL(href);
    url.searchParams.set('bbox', searchParams.get('bbox'));
    return url.pathname + url.search;
  };
  for (const link of document.querySelectorAll('.answer a, .whole a')) link.href = inView(link.href);
  const photos = places.reduce((sum, place) => sum + place.photos, 0);
  const said = [photos, places.length].map((number) => numbers.format(number));
  const words = [photos === 1 ? 'photo' : 'photos', places.length === 1 ? 'place' : 'places'];
  document.querySelector('.answer span').textContent = `${said[0]} ${words[0]} at ${said[1]} ${words[1]} in view.`;
  const head = ['Place', 'Latitude, longitude', 'Photos'].map((text) => make('th', { scope: 'col' }, text));
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...places.map(row)));
  document.querySelector('.list').querySelector('table, .empty')?.replaceWith(table);
}

function row(place) {
  const position = `${place.latitude.toFixed(6)}, ${place.longitude.toFixed(6)}`;
  const link = make('a', { href: place.photo ? `/photos/${place.photo}` : listOf(place) });
  link.textContent = place.name ?? 'A place without a name';
  const count = make('data', { value: place.photos }, numbers.format(place.photos));
  const cells = [make('td', {}, position), make('td', { className: 'number' }, count)];
  return make('tr', {}, make('th', { scope: 'row' }, link), ...cells);
}

/** The list of a place's photos. */
function listOf(place) {
  const list = new URL(location);
  list.pathname = '/search';
  list.searchParams.set('bbox', place.bbox.join(','));
  for (const name of ['after', 'zoom']) list.searchParams.delete(name);
  return list.pathname + list.search;
}

/** A circle with a count: a link to the photo, or a button that goes closer. */
function marker(L, map, place) {
  const size = Math.round(28 + 10 * Math.log10(place.photos));
  const label = place.photos === 1 ? 'One photo' : `${numbers.format(place.photos)} photos, look closer`;
  const properties = { className: 'place', title: label, ariaLabel: label };
  let circle;
  if (place.photo) {
    circle = make('a', { ...properties, href: `/photos/${place.photo}` });
  } else {
    circle = make('button', { ...properties, type: 'button' }, numbers.format(place.photos));
    circle.addEventListener('click', () => {
      map.getContainer().focus({ preventScroll: true });
      goCloser(L, map, place);
    });
  }
  // The circle is a control of its own: a click on it is not one on the map.
  L.DomEvent.disableClickPropagation(circle);
  const icon = L.divIcon({ html: circle, className: 'spot', iconSize: [size, size] });
  return L.marker([place.latitude, place.longitude], { icon, keyboard: false, interactive: false });
}

/** Into the cluster; where no zoom can part its photos, to the list of them. */
function goCloser(L, map, place) {
  const bounds = L.latLngBounds(boundsOf(place.bbox));
  const isOnePoint = bounds.getSouthWest().equals(bounds.getNorthEast());
  if (!isOnePoint && map.getZoom() < Math.min(map.getBoundsZoom(bounds), map.getMaxZoom())) {
    map.fitBounds(bounds, { padding: [32, 32] });
    return;
  }
  location.assign(listOf(place));
}

const map = document.querySelector('#map[data-places]');

if (map) {
  startMap(map).catch(() => {
    map.replaceChildren(make('p', { className: 'hint' }, `The map could not be loaded. ${ELSEWHERE}`));
  });
}
