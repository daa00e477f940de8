#!/bin/sh
# Chromium as tests start it. The popups below the address bar of each window would be pages in processes of their own,
# which cost more than the page under test does until there is a call, and nobody sees them: these features join those
# that Playwright disables.
for word; do
    shift
    case $word in --disable-features=*) word=$word,WebUIOmniboxPopup,WebUIOmniboxAimPopup ;; esac
    set -- "$@" "$word"
done
# Nor has it the right to real-time priority: as root its media threads take it, and one that spins then starves the machine.
if [ "$(id -u)" = 0 ]; then
    exec setpriv --inh-caps=-sys_nice --bounding-set=-sys_nice /usr/bin/chromium "$@"
fi
exec /usr/bin/chromium "$@"
