import { useState } from "preact/hooks";
import { Dialog } from "../../design";
import { t } from "../../i18n";
import { may } from "../../state";
import { useClient } from "../context";
import { BarButton } from "./Bar";

/** Leaving is free: the seat is kept. Who may end the act is asked whether that is meant. */
export function LeaveButton() {
  const { store, visit } = useClient();
  const [asking, setAsking] = useState(false);
  const act = store.call.value.act;
  const mayEnd = may(store.call.value, "end") && act?.events.includes("end");
  return (
    <>
      <BarButton
        icon="leave"
        name={t().call.leave}
        testid="leave"
        class="leave"
        onClick={() => (mayEnd ? setAsking(true) : void visit.leave())}
      />
      {asking ? <EndQuestion close={() => setAsking(false)} /> : null}
    </>
  );
}

function EndQuestion({ close }: { close: () => void }) {
  const { visit } = useClient();
  const texts = t().actPanel;
  return (
    <Dialog title={texts.endSure} testid="end-dialog" onClose={close}>
      <p class="quiet">{texts.endSureNext}</p>
      <div class="actions end">
        <button type="button" class="button plain" onClick={close}>
          {t().cancel}
        </button>
        <button type="button" class="button" data-testid="leave-only" onClick={() => void visit.leave()}>
          {texts.leaveOnly}
        </button>
        <button type="button" class="button danger solid" data-testid="end-act" onClick={() => void visit.end()}>
          {texts.end}
        </button>
      </div>
    </Dialog>
  );
}
