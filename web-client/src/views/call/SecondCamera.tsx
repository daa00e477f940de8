import { useState } from "preact/hooks";
import { Dialog } from "../../design";
import { t } from "../../i18n";
import { listDevices } from "../../media";
import { may } from "../../state";
import { useClient } from "../context";
import { BarButton } from "./Bar";

/** A second view by the same person: a hand camera, a document camera, the other side of a phone. */
export function SecondCamera() {
  const { store, visit } = useClient();
  const [cameras, setCameras] = useState<readonly MediaDeviceInfo[] | null>(null);
  const on = store.device("detail").track !== null;
  if (!may(store.call.value, "publish")) return null;
  const choose = async () => {
    const all = (await listDevices()).cameras;
    setCameras(all.filter(({ deviceId }) => deviceId !== store.device("camera").device));
  };
  const open = (device: string) => {
    setCameras(null);
    void visit.local.openDetail(device);
  };
  return (
    <>
      <BarButton
        icon="detail"
        name={on ? t().call.stopDetail : t().call.detail}
        testid="bar-detail"
        class={on ? "active" : ""}
        pressed={on}
        onClick={() => (on ? visit.local.close("detail") : void choose())}
      />
      {cameras ? (
        <Dialog title={t().call.pickDetail} testid="detail-dialog" onClose={() => setCameras(null)}>
          {cameras.length === 0 ? <p>{t().call.noDetail}</p> : null}
          <ul class="stack tight">
            {cameras.map(({ deviceId, label }, index) => (
              <li key={deviceId}>
                <button type="button" class="button large" data-testid="pick-detail" onClick={() => open(deviceId)}>
                  {label || t().devices.unnamed(index + 1)}
                </button>
              </li>
            ))}
          </ul>
          <div class="actions end">
            <button type="button" class="button plain" onClick={() => setCameras(null)}>
              {t().cancel}
            </button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
