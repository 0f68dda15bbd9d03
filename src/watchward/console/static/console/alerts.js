// Says that there are new alerts, and leaves it to the reader when to see them: nothing moves under the pointer.
const news = document.querySelector("[data-stream]");

if (news) {
  const text = news.querySelector(".ww-news__text");
  const show = news.querySelector(".ww-news__show");
  const stream = new EventSource(news.dataset.stream);
  stream.addEventListener("news", (message) => {
    const found = JSON.parse(message.data);
    text.textContent = found.count ? found.text : "";
    show.hidden = !found.count;
    news.classList.toggle("ww-news--some", Boolean(found.count));
  });
  addEventListener("pagehide", () => stream.close());
}

// Ticks every alert of the page, or none: shown only where there is a script to do so.
for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...button.form.querySelectorAll("input[name=alert]")];
  const tick = button.textContent;
  const name = () => (button.textContent = boxes.every((box) => box.checked) ? button.dataset.tickAll : tick);
  button.hidden = false;
  button.addEventListener("click", () => {
    const all = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = all;
    name();
  });
  button.form.addEventListener("change", name);
  name();
}
