// Before anything is drawn: the reader's choice of light or dark, else that of the system.
{
  const kept = localStorage.getItem("theme");
  if (kept) document.documentElement.dataset.theme = kept;
}
