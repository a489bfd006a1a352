"""The first admin of a database without a demo."""

from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Role, User
from tests import factories


@pytest.mark.django_db
class TestFirstAdmin:
    def test_chooses_a_password_by_the_printed_link_and_signs_in(self, client, capsys):
        call_command("first_admin", "olga@brand.example", name="Olga")
        link = capsys.readouterr().out.split()[-1]
        form = client.get(urlsplit(link).path, follow=True)
        password = "a quiet river bends twice"
        client.post(form.redirect_chain[-1][0], {"new_password1": password, "new_password2": password})
        person = User.objects.get(email="olga@brand.example")
        assert person.check_password(password)
        assert Membership.objects.get(user=person).role == Role.ADMIN

    def test_is_refused_where_there_is_one(self):
        factories.user(Role.ADMIN)
        with pytest.raises(CommandError, match="There is an admin already"):
            call_command("first_admin", "olga@brand.example", name="Olga")

    def test_is_made_as_a_whole_or_not_at_all(self):
        User.objects.create_user("olga@brand.example", None, name="Olga")
        with pytest.raises(CommandError, match="account with this email"):
            call_command("first_admin", "olga@brand.example", name="Olga")
        assert not Membership.objects.exists()
