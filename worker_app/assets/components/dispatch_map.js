// Panel's side of the view: draws again whenever the server sends a fresh snapshot.

export async function render({model, el}) {
  const {mountDispatchMap} = await import(`${location.origin}/assets/dispatch.js`)
  const update = await mountDispatchMap(el, model.snapshot)
  model.on("snapshot", () => update(model.snapshot))
  document.getElementById("skeleton")?.remove()
}
