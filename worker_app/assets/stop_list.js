// All stops in order; a tap puts one on the card.

import {actionWord, h, icon, styled, view} from "./dom.js"
import {store} from "./store.js"

export async function mountStopList(element) {
  await styled(element, "/assets/app.css")
  const body = h("div", {class: "page-list"})
  element.append(body)
  return view(body, store, () => [store.stops, store.selectedId, store.texts?.stops], draw)
}

function draw() {
  if (!store.snapshot?.route) return []
  return [h("h2", {class: "list-title"}, store.texts.stops), h("ol", {class: "stops"}, store.stops.map(row))]
}

function row(stop) {
  const {texts} = store
  const isShown = stop.stop_id === store.shown?.stop_id
  const show = () => { store.select(stop.stop_id); window.scrollTo({top: 0, behavior: "smooth"}) }
  return h("li", {}, h("button", {class: `row ${stop.action} ${stop.status} ${isShown ? "shown" : ""}`, type: "button", onclick: show,
    "data-row": stop.stop_id, "data-status": stop.status},
    h("span", {class: "number"}, stop.status === "done" ? icon("done", 20) : stop.status === "problem" ? icon("problem", 20) : String(stop.sequence)),
    h("span", {class: "grow"}, h("strong", {}, stop.place ?? stop.title),
      h("span", {class: "sub"}, icon(stop.action, 16), `${actionWord(texts, stop)} · ${stop.scooter_count}`)),
    h("span", {class: "row-end"}, stop.status === "planned" ? h("b", {}, stop.arrives_local) : h("em", {}, texts[`status_${stop.status}`]),
      stop.isWaiting ? icon("cloud_off", 18) : null)))
}
