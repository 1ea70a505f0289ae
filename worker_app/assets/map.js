// Leaflet, drawn from data alone: zones, lines, numbered stops; tiles only where configured.

import {h, icon, styled} from "./dom.js"

const COLOURS = {swap: "#b45309", pick_up: "#6d28d9", drop_off: "#0f766e", check: "#1d4ed8"}

let leaflet = null
function loadLeaflet() {
  leaflet ??= new Promise((resolve, reject) => {
    if (window.L) { resolve(window.L); return }
    const script = h("script", {src: "/assets/leaflet/leaflet.js"})
    script.onload = () => resolve(window.L)
    script.onerror = reject
    document.head.append(script)
  })
  return leaflet
}

export async function makeMap(element, texts, tileUrl) {
  const [L] = await Promise.all([loadLeaflet(), styled(element, "/assets/leaflet/leaflet.css", "/assets/app.css")])
  const box = h("div", {class: "map"})
  const frame = h("section", {class: "map-frame", "aria-label": texts.map}, box)
  element.append(frame)
  // A finger that scrolls the page must not get caught in the map; made large, the map moves.
  const isTouch = matchMedia("(pointer: coarse)").matches
  const map = L.map(box, {zoomControl: false, dragging: !isTouch, scrollWheelZoom: false, attributionControl: Boolean(tileUrl), zoomSnap: 0.25, tap: false})
  if (tileUrl) {
    L.tileLayer(tileUrl, {maxZoom: 19, attribution: "© OpenStreetMap contributors"}).addTo(map)
    frame.classList.add("tiled")
  }
  L.control.scale({imperial: false, position: "bottomleft"}).addTo(map)
  const layers = L.layerGroup().addTo(map)
  const drawn = {L, map, layers, frame, bounds: null, focus: undefined}
  frame.append(tools(drawn, texts, isTouch))
  new ResizeObserver(() => { map.invalidateSize(); fit(drawn, drawn.focus) }).observe(box)
  return drawn
}

function tools(drawn, texts, isTouch) {
  const expand = h("button", {class: "round", type: "button", "aria-label": texts.map}, icon("expand"))
  expand.addEventListener("click", () => {
    const isLarge = drawn.frame.classList.toggle("large")
    expand.replaceChildren(icon(isLarge ? "shrink" : "expand"))
    if (isTouch) drawn.map.dragging[isLarge ? "enable" : "disable"]()
  })
  const whole = h("button", {class: "round", type: "button", "aria-label": texts.whole_route, onclick: () => { drawn.focus = undefined; fit(drawn) }}, icon("fit"))
  return h("div", {class: "map-tools"}, expand, whole)
}

/** Show `bounds`, or all that is drawn. */
export function fit(drawn, bounds = drawn.bounds) {
  if (bounds?.isValid()) drawn.map.fitBounds(bounds, {paddingTopLeft: [44, 44], paddingBottomRight: [78, 44], maxZoom: 16.5, animate: false})
}

export function zone({L, layers}, geojson, name, style = {}) {
  let parsed
  try { parsed = typeof geojson === "string" ? JSON.parse(geojson) : geojson } catch { return }
  const shape = L.geoJSON(parsed, {interactive: Boolean(name), style: {color: "#5f8573", weight: 1, fillColor: "#7fb59c", fillOpacity: 0.28, ...style}})
  if (name) shape.bindTooltip(() => h("span", {}, name))
  shape.addTo(layers)
}

export function line({L, layers}, points, style = {}) {
  L.polyline(points, {color: "#fff", weight: 8, opacity: 0.9, interactive: false}).addTo(layers)
  L.polyline(points, {color: "#0e1a14", weight: 4, opacity: 0.85, interactive: false, lineJoin: "round", ...style}).addTo(layers)
}

export function pin({L, layers}, stop, {isNext = false, isSmall = false, onclick = null, colour = null} = {}) {
  const isOver = stop.status === "done" || stop.status === "problem"
  const size = isNext ? 42 : isOver || isSmall ? 22 : 30
  const body = h("span", {class: `pin ${isNext ? "next" : ""} ${isSmall ? "small" : ""} ${stop.status}`, style: `--pin:${colour ?? COLOURS[stop.action] ?? "#0e1a14"}`},
    stop.status === "done" ? icon("done", 14) : stop.status === "problem" ? "!" : String(stop.sequence))
  const marker = L.marker([stop.latitude, stop.longitude], {
    icon: L.divIcon({html: body, className: "pin-holder", iconSize: [size, size]}), zIndexOffset: isNext ? 1000 : isOver ? -500 : 0, keyboard: false,
  })
  if (onclick) marker.on("click", onclick)
  marker.addTo(layers)
}

export function spot({L, layers}, place, kind, label) {
  const body = h("span", {class: `spot ${kind}`}, label ? h("b", {}, label) : "")
  L.marker(place, {icon: L.divIcon({html: body, className: "pin-holder", iconSize: [22, 22]}), interactive: false, keyboard: false, zIndexOffset: 1500}).addTo(layers)
}
