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
