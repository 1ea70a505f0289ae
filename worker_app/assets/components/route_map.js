// Panel's side of the view: hands it the snapshot that the page was made with.

export async function render({model, el}) {
  const assets = `${location.origin}/assets`
  const [{store}, {mountRouteMap}] = await Promise.all([import(`${assets}/store.js`), import(`${assets}/route_map.js`)])
  store.accept(model.snapshot)
  await mountRouteMap(el)
  document.getElementById("skeleton")?.remove()
}
