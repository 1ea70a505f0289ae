// What a dispatcher sees: figures of the city, all routes on one map, a card a crew.

import {actionWord, fill, h, icon, styled} from "./dom.js"
import {header} from "./header.js"
import {fit, line, makeMap, pin, spot, zone} from "./map.js"

const CREWS = ["#0b6b45", "#6d28d9", "#b45309", "#1d4ed8", "#be123c", "#0e7490", "#4d7c0f", "#a21caf"]
const colourOf = (index) => CREWS[index % CREWS.length]

export async function mountDispatchBoard(element, snapshot) {
  await styled(element, "/assets/app.css")
  const body = h("div", {class: "page-top wide"})
  const sheets = h("div")
  element.append(body, sheets)
  const update = (fresh) => body.replaceChildren(...board(fresh, sheets).filter(Boolean))
  update(snapshot)
  return update
}

function board(snapshot, sheets) {
  const {texts, routes, city, tasks} = snapshot
  const page = {texts, snapshot, waiting: [], isReachable: true}
  const time = new Date(snapshot.read_at).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", timeZone: city.timezone, hour12: false})
  const sum = (name) => routes.reduce((total, route) => total + route[name], 0)
  const stops = routes.reduce((total, route) => total + route.stops.length, 0)
  return [
    header(page, sheets, city.name),
    h("div", {class: "title-line"}, h("h1", {}, texts.dispatch_title), h("span", {}, fill(texts.updated_at, {time}))),
    h("div", {class: "figures"},
      figure(`${sum("done_count")} / ${stops}`, texts.stops_done),
      figure(sum("problem_count"), texts.problems, sum("problem_count") > 0),
      figure(tasks.open_count, texts.tasks_open)),
  ]
}

export async function mountCrewList(element, snapshot) {
  await styled(element, "/assets/app.css")
  const body = h("div", {class: "page-map wide"})
  element.append(body)
  const update = ({texts, routes}) => body.replaceChildren(routes.length === 0
    ? h("article", {class: "card calm"}, h("h1", {}, texts.no_routes))
    : h("div", {class: "crews"}, routes.map((route, index) => crew(texts, route, index))))
  update(snapshot)
  return update
}

function figure(value, words, isBad = false) {
  return h("div", {class: isBad ? "figure bad" : "figure"}, h("strong", {}, String(value)), h("span", {}, words))
}

function crew(texts, route, index) {
  const next = route.stops.find((stop) => stop.status === "begun") ?? route.stops.find((stop) => stop.status === "planned")
  const seen = route.position === null ? texts.not_seen : route.position.age_min === 0 ? texts.seen_now : fill(texts.seen_min, {count: route.position.age_min})
  return h("article", {class: "card crew", "data-crew": route.worker_id, style: `--crew:${colourOf(index)}`},
    h("div", {class: "crew-head"}, h("span", {class: "crew-mark"}, icon("van", 24)),
      h("div", {class: "grow"}, h("strong", {}, route.worker_id), h("span", {class: "sub"}, `${route.vehicle_id.replace(/^.*?-(?=van)/, "")} · ${route.starts_local}–${route.ends_local}`)),
      h("strong", {class: "share"}, `${route.done_count} / ${route.stops.length}`)),
    h("div", {class: "segments"}, route.stops.map((stop) => h("i", {class: `segment ${stop.status}`}))),
    h("p", {class: "crew-next"}, next ? [h("b", {}, `${texts.next_is}: `), `${actionWord(texts, next)}, ${next.place ?? next.title} · ${next.arrives_local}`] : texts.finished),
    h("p", {class: "sub"}, seen, route.problem_count ? h("b", {class: "bad"}, ` · ${fill(texts.with_problems, {count: route.problem_count})}`) : null))
}

export async function mountDispatchMap(element, snapshot) {
  const holder = h("div", {class: "page-map wide"})
  element.append(holder)
  const drawn = await makeMap(holder, snapshot.texts, snapshot.tile_url)
  const update = (fresh) => draw(drawn, fresh)
  update(snapshot)
  fit(drawn)
  return update
}

function draw(drawn, {routes, zones}) {
  const {L, layers} = drawn
  layers.clearLayers()
  drawn.bounds = L.latLngBounds([])
  for (const parking of zones) zone(drawn, parking.zone_geojson, parking.name)
  routes.forEach((route, index) => {
    const places = route.stops.map((stop) => [stop.latitude, stop.longitude])
    line(drawn, route.line.length > 1 ? route.line : [route.start, ...places], {color: colourOf(index)})
    for (const place of [...places, route.start]) drawn.bounds.extend(place)
    for (const stop of route.stops) pin(drawn, stop, {colour: colourOf(index), isSmall: true})
  })
  for (const route of routes) {
    if (route.position) spot(drawn, [route.position.latitude, route.position.longitude], "me", route.worker_id)
  }
}
