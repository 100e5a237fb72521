/* After a refused or finished action, put the reader where the news is. */
const news = document.querySelector(".error-summary[data-focus]") ?? document.querySelector("[data-focus]");
if (news && !location.hash) news.focus();

/* A link in the error summary leads into the field, with its label in view. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  (field.closest(".field") ?? field).scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
});
