from odoo import SUPERUSER_ID, http
from odoo.http import request

#: Bytes of a form with a few ticks.
_MAX_BYTES = 16 * 1024
#: The address of the page is the secret of its reader: nothing may carry it elsewhere.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class SmsHubChoices(http.Controller):
    """The page on which recipients refuse further texts, without an account.

    A visit only shows it: phones and scanners open links by themselves. A token that
    nobody has gets the same page and the same answers.
    """

    @http.route(
        "/sms/choices/<string:token>",
        type="http",
        auth="none",
        methods=["GET", "POST"],
        # who knows the token may act, who does not cannot; nobody is logged in
        csrf=False,
        save_session=False,
        max_content_length=_MAX_BYTES,
        readonly=False,
    )
    def choices(self, token, **form):
        """Show the page; a form that is sent is carried out first."""
        env = request.env(user=SUPERUSER_ID, context={})
        page = env["sms.hub.choice.page"]
        call = request.httprequest
        act = form.get("act", "") if call.method == "POST" else ""
        ticked = call.form.getlist("topic") if act else []
        html = page._answer(token, act, ticked, request.best_lang)
        return request.make_response(html, list(_HEADERS.items()))
