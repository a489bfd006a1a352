// The one entry. Every module finds its own elements by data attributes; pages work without any of them.
import { listen as keys, name as named } from "./keys.js";
import { keep as drafts } from "./drafts.js";
import { listen as dialogs } from "./dialogs.js";
import { tick as clocks } from "./clocks.js";
import { listen as theme } from "./theme.js";
import { listen as toasts } from "./toasts.js";
import { listen as forms } from "./forms.js";
import { listen as focus } from "./focus.js";
import { listen as live, prints } from "./live.js";

dialogs();
theme();
keys();
forms();
focus();
live();
prints();

// What is inside a swapped fragment has to be found again; what is already known stays as it is.
const each = () => { named(); drafts(); toasts(); clocks(); };
each();
document.addEventListener("htmx:afterSettle", each);
setInterval(clocks, 15_000);
