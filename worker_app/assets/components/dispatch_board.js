// Panel's side of the view: draws again whenever the server sends a fresh snapshot.

export async function render({model, el}) {
  const {mountDispatchBoard} = await import(`${location.origin}/assets/dispatch.js`)
  const update = await mountDispatchBoard(el, model.snapshot)
  model.on("snapshot", () => update(model.snapshot))
  document.getElementById("skeleton")?.remove()
}
