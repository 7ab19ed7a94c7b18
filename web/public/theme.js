// Sets the chosen theme before the first paint; a file of its own, because the content policy allows no inline script.
try {
  const theme = JSON.parse(localStorage.getItem("chatbox.theme") ?? "{}").state?.theme;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that refuses storage follows the system's theme.
}
