set -eu
wheel=$1
[ ! -f /etc/kefen.env ] || { set -a; . /etc/kefen.env; set +a; }
export KEFEN_DATA="${KEFEN_DATA:-/srv/kefen/data}"

runuser -u kefen -- /opt/kefen/bin/kefen backup
systemctl stop kefen
/opt/kefen/bin/pip install --upgrade "${wheel}[crm]"
systemctl start kefen
curl --silent --fail --retry 90 --retry-delay 2 --retry-connrefused http://127.0.0.1:8000/health/live
for wait in 5 10 20 40 0; do  # the worker starts after the site
    found=0
    runuser -u kefen -- /opt/kefen/bin/kefen doctor || found=$?
    [ "$found" -eq 3 ] || break
    sleep "$wait"
done
exit "$found"
