set -eu
data=${KEFEN_DATA:-/srv/kefen/data}
new=$1
/opt/kefen/bin/kefen backup --data "$data"
systemctl stop kefen
/opt/kefen/bin/pip install --upgrade "$new[crm]"
systemctl start kefen
/opt/kefen/bin/kefen doctor --data "$data"
