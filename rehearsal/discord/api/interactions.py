"""Routes that carry an interaction's token: its callback, its original answer, its followups."""

from rehearsal.discord.api.http import NO_CONTENT, Call, Reply, Routes

routes = Routes()
TOKEN = "/webhooks/{webhook_id}/{webhook_token}"  # noqa: S105


@routes.on("POST", "/interactions/{interaction_id}/{interaction_token}/callback", auth="token")
def create_callback(call: Call) -> Reply:
    own_id, token = call.params["interaction_id"], call.params["interaction_token"]
    response = call.stand_in.interactions.respond(own_id, token, call.form, call.body.files)
    return Reply(response) if call.flag("with_response") else NO_CONTENT


@routes.on("POST", TOKEN, auth="token")
def create_followup(call: Call) -> Reply:
    one = call.stand_in.interactions.by_token(call.params["webhook_id"], call.params["webhook_token"])
    return Reply(call.stand_in.interactions.follow_up(one, call.form, call.body.files).data)


@routes.on("GET", TOKEN + "/messages/{message_id}", auth="token")
def get_answer(call: Call) -> Reply:
    one = call.stand_in.interactions.by_token(call.params["webhook_id"], call.params["webhook_token"])
    return Reply(call.stand_in.interactions.find(one, call.params["message_id"]).data)


@routes.on("PATCH", TOKEN + "/messages/{message_id}", auth="token")
def edit_answer(call: Call) -> Reply:
    interactions = call.stand_in.interactions
    one = interactions.by_token(call.params["webhook_id"], call.params["webhook_token"])
    message = interactions.find(one, call.params["message_id"])
    return Reply(interactions.edit(one, message, call.form, call.body.files).data)


@routes.on("DELETE", TOKEN + "/messages/{message_id}", auth="token")
def delete_answer(call: Call) -> Reply:
    interactions = call.stand_in.interactions
    one = interactions.by_token(call.params["webhook_id"], call.params["webhook_token"])
    interactions.delete(one, interactions.find(one, call.params["message_id"]))
    return NO_CONTENT
