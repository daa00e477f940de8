/** Which page the address names. */
export type Place =
  | { readonly page: "acts" }
  | { readonly page: "act"; readonly act: string }
  | { readonly page: "recording"; readonly act: string; readonly recording: string }
  | { readonly page: "sign-in" }
  | { readonly page: "join" }
  | { readonly page: "call"; readonly act: string }
  | { readonly page: "unknown" };

export function placeOf(path: string): Place {
  const [first = "", second = "", third = "", fourth = ""] = path.split("/").slice(1);
  if (first === "") return { page: "acts" };
  if (first === "sign-in" || first === "join") return { page: first };
  if (first === "call" && second) return { page: "call", act: second };
  if (first === "acts" && second && third === "recordings" && fourth) {
    return { page: "recording", act: second, recording: fourth };
  }
  if (first === "acts" && second && !third) return { page: "act", act: second };
  return { page: "unknown" };
}

/** The address of a page. */
export function pathOf(place: Place): string {
  switch (place.page) {
    case "act":
      return `/acts/${place.act}`;
    case "recording":
      return `/acts/${place.act}/recordings/${place.recording}`;
    case "call":
      return `/call/${place.act}`;
    case "acts":
      return "/";
    default:
      return `/${place.page}`;
  }
}

/** What a link carries behind `#`. */
export interface Fragment {
  readonly invitation: string | null;
  readonly signIn: string | null;
  readonly demo: boolean;
}

export function fragmentOf(hash: string): Fragment {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    invitation: values.get("t"),
    signIn: values.get("s"),
    demo: values.get("demo") === "1",
  };
}
