// Shows what needs a passkey only where the browser has them, and says so when one could not be used.
for (const part of document.querySelectorAll(".ww-passkey")) {
  part.hidden = !("PublicKeyCredential" in window);
}
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const message of document.querySelectorAll("[data-passkey-error]")) {
    message.hidden = false;
  }
});
