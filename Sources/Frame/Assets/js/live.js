// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts new journal entries on top of the list as they happen. The server escapes them; the browser comes back by
// itself after a lost connection and says which entry it has seen last.

import { refresh } from "./times.js"

const list = document.getElementById("live")
const state = document.getElementById("live-state")

function show(word) {
  if (!state) return
  state.textContent = state.dataset[word]
  state.classList.toggle("open", word === "open")
}

if (list && "EventSource" in window) {
  const source = new EventSource(`/live/events?after=${list.dataset.last}`)
  source.addEventListener("open", () => show("open"))
  source.addEventListener("error", () => show("lost"))
  source.addEventListener("reload", () => location.reload())
  source.addEventListener("entry", (event) => {
    const holder = document.createElement("template")
    holder.innerHTML = event.data
    const item = holder.content.firstElementChild
    if (!item || document.getElementById(item.id)) return
    item.classList.add("new")
    list.prepend(item)
    while (list.children.length > 50) list.lastElementChild.remove()
    refresh(list)
  })
  addEventListener("pagehide", () => source.close())
}
