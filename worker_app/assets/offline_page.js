// The page without network: the same views, from what the phone remembers.

import {mountNextStop} from "./next_stop.js"
import {mountRouteMap} from "./route_map.js"
import {mountStopList} from "./stop_list.js"
import {store} from "./store.js"

store.remember()
const skeleton = document.getElementById("skeleton")
if (store.snapshot) {
  store.isReachable = false
  await Promise.all([
    mountNextStop(document.getElementById("top")),
    mountRouteMap(document.getElementById("middle")),
    mountStopList(document.getElementById("bottom")),
  ])
  skeleton?.remove()
  // The network may only have been slow: from here the page keeps itself fresh, as the real one.
  store.refresh()
} else {
  skeleton?.replaceWith(document.getElementById("nothing").content.cloneNode(true))
  window.addEventListener("online", () => location.reload())
}
