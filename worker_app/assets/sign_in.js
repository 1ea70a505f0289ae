// Sends the id and PIN, and goes where the worker wanted to go.

import {post} from "./queue.js"

const page = document.querySelector(".sign-in")
const form = page.querySelector("form")
const problem = page.querySelector(".error")

form.worker_id.value = localStorage.getItem("moow.worker") ?? ""
if (form.worker_id.value) form.pin.focus()
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js")

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  problem.textContent = ""
  form.querySelector("button").disabled = true
  try {
    const answer = await post("/api/sign-in", {worker_id: form.worker_id.value, pin: form.pin.value})
    const content = await answer.json()
    if (answer.ok) {
      localStorage.setItem("moow.worker", content.worker_id)
      location.assign(wanted() ?? content.home)
      return
    }
    problem.textContent = content.error
    form.pin.value = ""
    form.pin.focus()
  } catch {
    problem.textContent = page.dataset.noNetwork
  } finally {
    form.querySelector("button").disabled = false
  }
})

/** Only a path of this app: an address elsewhere in the link is ignored. */
function wanted() {
  const next = new URLSearchParams(location.search).get("next")
  return next && /^\/[^/\\]/.test(next) ? next : null
}
