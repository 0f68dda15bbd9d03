// Starts the NHS components on the page.
import { initAll } from "../vendor/nhsuk-frontend.min.js";

initAll();

// A button that copies the text of another element: shown only where the browser can do so.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.parentElement.querySelector("[data-copied]").textContent = "Copied.";
  });
}
