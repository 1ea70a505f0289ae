// Top bar, progress, the card of the next stop, and the buttons under the thumb.

import {actionWord, counted, fill, h, icon, sheet, styled, toast, view} from "./dom.js"
import {header} from "./header.js"
import {sharing} from "./position.js"
import {store} from "./store.js"

const PROBLEMS = ["not_found", "no_access", "damaged", "no_room", "no_batteries", "other"]

export async function mountNextStop(element) {
  await styled(element, "/assets/app.css")
  const body = h("div", {class: "page-top"})
  const sheets = h("div")
  element.append(body, sheets)
  store.addEventListener("refused", (event) => toast(event.detail ?? "", "bad"))
  store.addEventListener("caught-up", () => toast(store.texts.all_sent, "good"))
  store.addEventListener("replanned", () => toast(store.texts.route_changed))
  if (store.snapshot?.route && sharing.isOn(store.snapshot.worker.worker_id)) sharing.start()
  const key = () => [store.snapshot && {...store.snapshot, read_at: 0, zones: 0}, store.stops, store.selectedId,
    store.isReachable, store.waiting.length, store.queue?.isSending, store.queue?.isSignedOut]
  return view(body, store, key, () => draw(sheets))
}

function draw(sheets) {
  const {snapshot, texts} = store
  if (!snapshot) return []
  const {route, city} = snapshot
  const line = route ? `${shortVan(route.vehicle_id)} · ${city.name}` : city.name
  return [
    header(store, sheets, line),
    store.queue?.isSignedOut && signInAgain(texts),
    store.waiting.length > 0 && !store.queue?.isSending && h("p", {class: "strip", "data-waiting": store.waiting.length},
      icon("cloud_off", 20), counted(texts, "waiting", store.waiting.length)),
    route ? progress(texts, route) : null,
    route ? (store.shown ? card(texts, route, store.shown, sheets) : allDone(texts)) : noRoute(texts),
    route && store.shown && canAct(store.shown) ? buttons(texts, store.shown, sheets) : null,
  ]
}

const shortVan = (vehicle) => vehicle.replace(/^.*?-(?=van)/, "")
const canAct = (stop) => stop.status !== "done"

function progress(texts, route) {
  const stops = store.stops
  return h("section", {class: "progress", "data-progress": `${store.doneCount}/${stops.length}`},
    h("div", {class: "progress-words"},
      h("strong", {}, fill(texts.progress, {done: store.doneCount, total: stops.length})),
      h("span", {}, fill(texts.shift, {start: route.starts_local, end: route.ends_local}))),
    h("div", {class: "segments", role: "img", "aria-label": fill(texts.progress, {done: store.doneCount, total: stops.length})},
      stops.map((stop) => h("i", {class: stop === store.next || stop.stop_id === store.next?.stop_id ? "segment next" : `segment ${stop.status}`}))))
}

function card(texts, route, stop, sheets) {
  const isNext = stop.stop_id === store.next?.stop_id
  const kicker = !isNext ? fill(texts.stop_number, {number: stop.sequence}) : stop.status === "begun" ? texts.at_this_stop : texts.next_stop
  return h("article", {class: `card stop-card ${stop.action}`, "data-stop": stop.stop_id, "data-status": stop.status},
    h("div", {class: "card-head"},
      h("span", {class: "badge"}, icon(stop.action, 30)),
      h("div", {class: "grow"},
        h("p", {class: "kicker"}, isNext ? `${kicker} · ${stop.sequence}` : kicker),
        h("h1", {}, `${actionWord(texts, stop)}`)),
      h("div", {class: "when"}, h("span", {}, texts.arrive), h("strong", {}, stop.arrives_local))),
    h("div", {class: "card-body"},
      h("div", {class: "place-line"}, h("p", {class: "place"}, stop.place ?? stop.title),
        h("button", {class: "round tinted", type: "button", "aria-label": texts.other_apps, onclick: () => otherMaps(texts, stop, sheets)}, icon("map"))),
      scooters(texts, stop),
      h("p", {class: "reason"}, stop.reason),
      van(texts, route, stop),
      stop.status === "problem" ? h("p", {class: "flagged"}, icon("problem", 20), problemWords(texts, stop)) : null,
      isNext ? null : h("button", {class: "button quiet small", type: "button", onclick: () => store.select(null)}, icon("back", 20), texts.next_stop)))
}

function problemWords(texts, stop) {
  const [reason, note] = (stop.problem ?? "").split(": ")
  return [texts[reason] ?? texts.status_problem, note].filter(Boolean).join(" · ")
}

function scooters(texts, stop) {
  const codes = stop.scooter_codes.length ? stop.scooter_codes : []
  return h("div", {class: "scooters"},
    h("strong", {class: "count"}, counted(texts, "scooters", stop.scooter_count)),
    codes.map((code) => h("span", {class: "chip"}, code,
      codes.length === 1 && stop.battery_pct !== null ? h("b", {class: stop.battery_pct < 20 ? "low" : ""}, ` ${Math.round(stop.battery_pct)}%`) : null)),
    codes.length === 0 && stop.action === "drop_off" ? h("span", {class: "chip soft"}, texts.any_from_van) : null)
}

function van(texts, route, stop) {
  const {load_before: before, load_after: after} = stop
  const cells = Array.from({length: route.capacity}, (_, place) => {
    if (place < Math.min(before, after)) return h("i", {class: "full"})
    if (place < after) return h("i", {class: "comes"})
    if (place < before) return h("i", {class: "goes"})
    return h("i", {})
  })
  const change = before === after ? `${after} / ${route.capacity}` : `${before} → ${after} / ${route.capacity}`
  return h("div", {class: "van"}, icon("van", 26),
    h("div", {class: "grow"}, h("div", {class: "van-words"}, h("span", {}, texts.van_load), h("strong", {}, change)),
      h("div", {class: "van-cells"}, cells)))
}

function buttons(texts, stop, sheets) {
  const isBegun = stop.status === "begun"
  const navigate = h("a", {class: isBegun ? "button outline" : "button ink", href: stop.links.google, target: "_blank", rel: "noopener", "data-do": "navigate"},
    icon("navigate", 22), texts.navigate)
  const forward = isBegun
    ? h("button", {class: "button go", type: "button", "data-do": "done", onclick: () => act("done", stop)}, icon("done", 24), texts.done)
    : h("button", {class: "button go-outline", type: "button", "data-do": "begin", onclick: () => act("begin", stop)}, texts.begin)
  // A second tap of a nervous thumb must not count as done.
  if (isBegun) { forward.disabled = true; setTimeout(() => { forward.disabled = false }, 700) }
  return h("nav", {class: "dock"},
    h("button", {class: "button flag", type: "button", "data-do": "problem", onclick: () => askProblem(texts, stop, sheets)}, icon("flag", 22), h("small", {}, texts.problem)),
    navigate, forward)
}

function act(kind, stop, extra = {}) {
  store.tap(kind, stop, extra)
  if (navigator.vibrate) navigator.vibrate(30)
  window.scrollTo({top: 0, behavior: "smooth"})
}

function askProblem(texts, stop, sheets) {
  sheet(sheets, texts.what_happened, texts, (close) => h("div", {class: "choices"},
    PROBLEMS.map((reason) => h("button", {class: "choice", type: "button", "data-reason": reason,
      onclick: () => { close(); act("problem", stop, {reason}) }}, texts[reason]))))
}

function otherMaps(texts, stop, sheets) {
  const choice = (address, words) => h("a", {class: "choice", href: address, target: "_blank", rel: "noopener"}, icon("navigate"), words)
  sheet(sheets, texts.other_apps, texts, () => h("div", {class: "choices"},
    choice(stop.links.google, texts.google_maps), choice(stop.links.geo, texts.phone_map), choice(stop.links.apple, texts.apple_maps)))
}

function signInAgain(texts) {
  return h("a", {class: "banner", href: "/sign-in"}, texts.session_ended)
}

function allDone(texts) {
  const problems = store.problemCount
  return h("article", {class: "card calm", "data-state": "all-done"},
    h("span", {class: "big-badge"}, icon("done", 44)), h("h1", {}, texts.all_done),
    h("p", {}, fill(texts.all_done_lead, {done: store.doneCount})),
    problems ? h("p", {class: "flagged"}, icon("problem", 20), fill(texts.with_problems, {count: problems})) : null)
}

function noRoute(texts) {
  return h("article", {class: "card calm", "data-state": "no-route"},
    h("span", {class: "big-badge soft"}, icon("sun", 44)), h("h1", {}, texts.no_route), h("p", {}, texts.no_route_lead))
}
