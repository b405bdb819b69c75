// Uploads file by file with progress. Without it the form sends one file the plain way.
const form = document.querySelector("form[data-upload]");

if (form) {
  const chooser = form.querySelector("input[type=file]");
  const list = form.querySelector(".uploads");
  chooser.multiple = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send([...chooser.files]);
  });
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    send([...event.dataTransfer.files]);
  });

  // One after the other: the server seals each as it comes.
  async function send(files) {
    let failed = 0;
    for (const file of files) {
      if (!(await sendOne(file))) failed += 1;
    }
    if (files.length > 0 && failed === 0) location.reload();
  }

  function sendOne(file) {
    const row = line(file.name);
    const request = new XMLHttpRequest();
    const parts = new FormData();
    for (const hidden of form.querySelectorAll("input[type=hidden]")) parts.append(hidden.name, hidden.value);
    parts.append("file", file);
    return new Promise((done) => {
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) row.at(event.loaded, event.total);
      });
      request.addEventListener("error", () => done(row.fail("the connection broke; send it again")));
      request.addEventListener("load", () => {
        done(request.status < 300 ? row.finish() : row.fail(request.status === 422 ? request.responseText : undefined));
      });
      request.open("POST", form.action);
      request.setRequestHeader("accept", "text/plain");
      request.send(parts);
    });
  }

  function line(name) {
    const box = document.createElement("div");
    box.className = "progress";
    const text = document.createElement("div");
    text.className = "progress-text";
    const label = document.createElement("span");
    label.textContent = name;
    const says = document.createElement("span");
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Upload of ${name}`);
    text.append(label, says);
    box.append(text, bar);
    list.append(box);
    return {
      at(loaded, total) {
        bar.value = loaded / total;
        says.textContent = loaded < total ? `${Math.floor((100 * loaded) / total)} %` : "sealing…";
      },
      finish() {
        bar.value = 1;
        says.textContent = "kept";
        return true;
      },
      fail(why) {
        box.classList.add("failed");
        bar.remove();
        says.textContent = why ?? "not kept; try again";
        return false;
      },
    };
  }
}
