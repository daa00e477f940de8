import { render } from "preact";

const root = document.getElementById("visite");
if (root) render(<main>Visite</main>, root);
