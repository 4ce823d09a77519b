"""A consent taken back on the page of a meeting that is over."""

from aiohttp import web

from visio import agreement, wordings
from visio.mail import Language
from visio.store.consents import Answer
from visio.views.author import author
from visio.views.described import described
from visio.views.request import Body, account, read
from visio.views.state import CLOCK, DATABASE


class Withdrawal(Body):
    """`erases` takes back what was written down of me before, too."""

    erases: bool
    language: Language


@described(body=Withdrawal)
async def withdraw(request: web.Request) -> web.Response:
    """My consent to transcription in a meeting that I attended and that is over."""
    mine = await account(request)
    body = await read(request, Withdrawal)
    wording = wordings.current("delete" if body.erases else "keep")
    await agreement.withdraw(
        request.app[DATABASE],
        request.match_info["id"],
        mine.id,
        Answer("transcription", False, wording, body.language, body.erases),
        request.app[CLOCK](),
        by=await author(request),
    )
    return web.Response(status=204)
