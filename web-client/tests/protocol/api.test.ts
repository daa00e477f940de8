import { expect, test } from "vitest";
import { Api, ApiError } from "../../src/protocol";

function answering(status: number, body: string): { api: Api; asked: { url: string; init: RequestInit }[] } {
  const asked: { url: string; init: RequestInit }[] = [];
  const api = new Api(async (url, init) => {
    asked.push({ url, init });
    return new Response(status === 204 ? null : body, { status });
  });
  return { api, asked };
}

const headersOf = (init: RequestInit | undefined) => new Headers(init?.headers);

test("whatever has an effect carries the header that only our own pages can set; a question does not", async () => {
  const { api, asked } = answering(200, '{"acts": []}');
  await api.acts({ state: "open" });
  await api.advance("a1", "start");
  expect(asked[0]?.url).toBe("/api/v1/acts?state=open");
  expect(headersOf(asked[0]?.init).has("X-Visite")).toBe(false);
  expect(headersOf(asked[1]?.init).get("X-Visite")).toBe("1");
});

test("an invitation goes as bearer and never into the address", async () => {
  const { api, asked } = answering(200, "{}");
  await api.entryWithInvitation("secret-token");
  expect(headersOf(asked[0]?.init).get("Authorization")).toBe("Bearer secret-token");
  expect(asked[0]?.url).not.toContain("secret-token");
});

test("an error carries the server's code, and a server that is away has one too", async () => {
  const { api } = answering(409, '{"code": "wrong-state", "detail": ""}');
  await expect(api.advance("a1", "start")).rejects.toMatchObject({ status: 409, code: "wrong-state" });
  const away = new Api(() => Promise.reject(new TypeError("offline")));
  await expect(away.me()).rejects.toEqual(new ApiError(0, "unreachable"));
});

test("an answer without a body is an answer", async () => {
  const { api } = answering(204, "");
  await expect(api.revoke("a1", "s1")).resolves.toEqual({});
});
