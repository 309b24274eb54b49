// SPDX-License-Identifier: AGPL-3.0-or-later
// Says times as people nearby do, and keeps them true while the page is open. The exact time stays on hover.

const language = document.documentElement.lang
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

const justNow = language.startsWith("zh") ? "刚刚" : "just now"

function say(time, now) {
  const seconds = Math.round((time - now) / 1000)
  if (Math.abs(seconds) < 60) return justNow
  if (Math.abs(seconds) < 3600) return relative.format(Math.trunc(seconds / 60), "minute")
  const days = Math.round((new Date(time).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / 86400000)
  if (Math.abs(days) <= 1) return `${relative.format(days, "day")} ${clock.format(time)}`
  return null
}

export function refresh(root = document) {
  const now = new Date()
  for (const element of root.querySelectorAll("time[datetime]")) {
    const words = say(new Date(element.dateTime), now)
    element.textContent = words ?? element.title
  }
}

refresh()
setInterval(refresh, 30000)
