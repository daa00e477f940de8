import "./tokens.css";
import "./base.css";
import "./button.css";
import "./badge.css";
import "./field.css";
import "./notice.css";
import "./person.css";

export { CopyLink } from "./CopyLink";
export { Dialog } from "./Dialog";
export { Frame, follow, LanguageSwitch } from "./Frame";
export { Icon, type IconName } from "./Icon";
export { Level } from "./Level";
export { Notices } from "./Notices";
