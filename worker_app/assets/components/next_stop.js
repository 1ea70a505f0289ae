// Panel's side of the view: hands it the snapshot that the page was made with.

export async function render({model, el}) {
  const assets = `${location.origin}/assets`
  const [{store}, {mountNextStop}] = await Promise.all([import(`${assets}/store.js`), import(`${assets}/next_stop.js`)])
  store.accept(model.snapshot)
  await mountNextStop(el)
  document.getElementById("skeleton")?.remove()
}
