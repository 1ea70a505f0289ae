// The bar on top of every page and its menu.

import {h, icon, sheet} from "./dom.js"
import {post} from "./queue.js"
import {sharing} from "./position.js"

// Again after the sign-in: whoever is quick leaves that page before its script has asked.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {})

export function header(store, root, line) {
  return h("header", {class: "bar"},
    h("div", {class: "brand"}, mark(), h("div", {class: "brand-words"}, h("strong", {}, "moow"), h("span", {}, line))),
    network(store),
    h("button", {class: "round", type: "button", "aria-label": store.texts.menu, onclick: () => menu(store, root)}, icon("menu")))
}

function mark() {
  const holder = h("span", {class: "mark", "aria-hidden": "true"})
  holder.innerHTML = '<svg viewBox="0 0 40 40" width="40" height="40"><rect width="40" height="40" rx="12" fill="#0b6b45"/><path d="M9 27.5V17a4.5 4.5 0 0 1 9 0v6.5-6.5a4.5 4.5 0 0 1 9 0v6" fill="none" stroke="#fff" stroke-width="3.6" stroke-linecap="round"/><circle cx="28.5" cy="27" r="3.4" fill="#ffd54a"/></svg>'
  return holder
}

function network(store) {
  const {texts} = store
  if (store.isReachable) return h("span", {class: "pill good", "data-network": "online"}, h("i", {class: "dot"}), texts.online)
  return h("span", {class: "pill warn", "data-network": "offline"}, icon("cloud_off", 16), texts.offline)
}

function menu(store, root) {
  const {texts} = store
  const {worker} = store.snapshot
  sheet(root, worker.worker_id, texts, (close) => h("div", {class: "choices"},
    worker.role === "worker" && shareChoice(store, close),
    worker.role === "dispatcher" && link("/dispatch", texts.dispatch_page, "flag"),
    worker.role === "dispatcher" && link("/dashboard", texts.dashboard_page, "sun"),
    h("button", {class: "choice", type: "button", onclick: () => switchLanguage(worker)}, icon("chevron"), texts.other_language),
    h("button", {class: "choice", type: "button", onclick: () => signOut()}, icon("back"), texts.sign_out)))
}

function link(address, words, name) {
  return h("a", {class: "choice", href: address}, icon(name), words)
}

function shareChoice({texts, snapshot}, close) {
  const id = snapshot.worker.worker_id
  const state = sharing.isDenied ? texts.position_denied : sharing.isOn(id) ? texts.sharing_on : texts.sharing_off
  const toggle = () => { sharing.set(id, !sharing.isOn(id)); close() }
  return h("button", {class: "choice", type: "button", role: "switch", "aria-checked": String(sharing.isOn(id)), onclick: toggle},
    icon("navigate"), h("span", {class: "grow"}, texts.share_position, h("small", {}, state)),
    h("span", {class: sharing.isOn(id) ? "switch on" : "switch"}))
}

async function switchLanguage(worker) {
  await post("/api/language", {language: worker.language === "el" ? "en" : "el"})
  location.reload()
}

async function signOut() {
  await post("/api/sign-out", {})
  localStorage.removeItem("moow.last")
  location.assign("/sign-in")
}

