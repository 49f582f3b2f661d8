// Shows how much of an upload has gone: a form with data-progress names the element that holds a <progress>.
document.addEventListener("htmx:xhr:progress", (event) => {
  const form = event.target.closest("form[data-progress]");
  const place = form && document.getElementById(form.dataset.progress);
  if (!place || !event.detail.lengthComputable) return;
  const share = Math.round((event.detail.loaded / event.detail.total) * 100);
  place.hidden = false;
  place.querySelector("progress").value = share;
  place.querySelector("[role=status]").textContent = share < 100 ? `${share}%` : "送信しました";
});
