from django.contrib.auth import authenticate

from kefen_crm.team import first
from kefen_crm.team.actions import change_password, create_first_user
from kefen_crm.team.models import User


def test_the_first_administrator_signs_in_with_the_noted_password(db, settings, tmp_path):
    settings.KEFEN_DATA = tmp_path
    create_first_user()
    username, password = first.path().read_text().split()
    assert authenticate(username=username, password=password).role == "admin"
    assert first.path().stat().st_mode & 0o077 == 0


def test_the_note_goes_when_the_password_is_changed(db, settings, tmp_path):
    settings.KEFEN_DATA = tmp_path
    create_first_user()
    username, password = first.path().read_text().split()
    change_password(User.objects.get(username=username), password, "another-horse-9")
    assert not first.path().exists()


def test_nobody_is_made_where_there_are_people(alice, settings, tmp_path):
    settings.KEFEN_DATA = tmp_path
    create_first_user()
    assert list(User.objects.all()) == [alice]
