import "./tokens.css";
import "./base.css";

export { CopyLink } from "./CopyLink";
export { Dialog } from "./Dialog";
export { Frame, follow, LanguageSwitch } from "./Frame";
export { Icon, type IconName } from "./Icon";
export { Level } from "./Level";
export { Notices } from "./Notices";
