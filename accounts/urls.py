"""Addresses of people: sign-in, settings, the list of who may do what."""

from django.urls import URLPattern, URLResolver, path

from accounts import people_views, token_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-in/link/<uidb64>/<token>/", views.ChoosePassword.as_view(), name="choose-password"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/quick/", views.preferences, name="preferences"),
    path("settings/keys/", views.keys, name="keys"),
    path("settings/password/", views.change_password, name="password"),
    path("settings/api-keys/", token_views.own, name="api-keys"),
    path("settings/api-keys/<int:pk>/withdraw/", token_views.withdraw, name="api-key-withdraw"),
    path("people/", people_views.people, name="people"),
    path("people/invite/", people_views.invite, name="person-invite"),
    path("people/<int:pk>/", people_views.people, name="person"),
    path("people/<int:pk>/roles/", people_views.change, name="role-change"),
    path("people/<int:pk>/grant/", people_views.grant, name="role-grant"),
    path("people/<int:pk>/end/<int:membership>/", people_views.end, name="role-end"),
    path("people/<int:pk>/switch/", people_views.switch, name="person-switch"),
    path("people/<int:pk>/api-keys/", token_views.of_person, name="person-api-keys"),
    path("people/<int:pk>/link/", people_views.link, name="person-link"),
]
