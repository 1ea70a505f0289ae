// Panel's side of the view: draws again whenever the server sends a fresh snapshot.

export async function render({model, el}) {
  const {mountCrewList} = await import(`${location.origin}/assets/dispatch.js`)
  const update = await mountCrewList(el, model.snapshot)
  model.on("snapshot", () => update(model.snapshot))
  document.getElementById("skeleton")?.remove()
}
