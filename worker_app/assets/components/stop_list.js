// Panel's side of the view: hands it the snapshot that the page was made with.

export async function render({model, el}) {
  const assets = `${location.origin}/assets`
  const [{store}, {mountStopList}] = await Promise.all([import(`${assets}/store.js`), import(`${assets}/stop_list.js`)])
  store.accept(model.snapshot)
  await mountStopList(el)
  document.getElementById("skeleton")?.remove()
}
