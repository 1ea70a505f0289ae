// The worker's route on the map.

import {h} from "./dom.js"
import {fit, line, makeMap, pin, spot, zone} from "./map.js"
import {sharing} from "./position.js"
import {store} from "./store.js"

export async function mountRouteMap(element) {
  const holder = h("div", {class: "page-map"})
  element.append(holder)
  let drawn = null
  let shown = null
  let fitted = null
  const update = async () => {
    const route = store.snapshot?.route
    holder.hidden = !route
    if (!route) return
    const key = JSON.stringify([route.route_id, store.stops.map((stop) => stop.status), store.shown?.stop_id, sharing.here])
    if (key === shown) return
    shown = key
    drawn ??= makeMap(holder, store.texts, store.snapshot.tile_url)
    const ready = await drawn
    draw(ready, store.snapshot)
    const look = `${route.route_id} ${store.shown?.stop_id}`
    if (fitted !== look) { fitted = look; ready.focus = around(ready, route); fit(ready, ready.focus) }
  }
  store.addEventListener("change", update)
  sharing.addEventListener("change", update)
  await update()
  return () => { store.removeEventListener("change", update); sharing.removeEventListener("change", update) }
}

/** The stop on the card and what comes right after it: near enough to see its zone. */
function around({L}, route) {
  const open = store.stops.filter((stop) => stop.status === "planned" || stop.status === "begun")
  const from = Math.max(0, open.findIndex((stop) => stop.stop_id === store.shown?.stop_id))
  const places = open.slice(from, from + 3).map((stop) => [stop.latitude, stop.longitude])
  if (store.shown) places.push([store.shown.latitude, store.shown.longitude])
  if (sharing.here) places.push(sharing.here)
  return places.length > 1 ? L.latLngBounds(places) : L.latLngBounds(route.stops.map((stop) => [stop.latitude, stop.longitude]))
}

function draw(drawn, {route, zones}) {
  const {L, layers} = drawn
  layers.clearLayers()
  const places = route.stops.map((stop) => [stop.latitude, stop.longitude])
  const path = route.line.length > 1 ? route.line : [route.start, ...places]
  drawn.bounds = L.latLngBounds([...places, route.start])
  for (const parking of zones) zone(drawn, parking.zone_geojson, parking.name)
  for (const stop of store.stops) {
    if (stop.zone_geojson) zone(drawn, stop.zone_geojson, null, {color: "#0b6b45", weight: 2, fillOpacity: 0.4})
  }
  line(drawn, path)
  spot(drawn, route.start, "depot", "")
  const shown = store.shown?.stop_id
  for (const stop of store.stops) {
    pin(drawn, stop, {isNext: stop.stop_id === shown, onclick: () => store.select(stop.stop_id)})
  }
  if (sharing.here) spot(drawn, sharing.here, "me", "")
}
