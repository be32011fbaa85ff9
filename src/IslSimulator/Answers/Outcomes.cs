using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslSimulator.Answers;

/// <summary><c>outcomes/*</c>: records that calls add or change.</summary>
internal static class Outcomes
{
    public static Answer Log(AnswerContext context) => context.State.Outcomes.Add(new JsonObject
    {
        ["decision_id"] = context.Text("decision_id"),
        ["user_id"] = context.Text("user_id"),
        ["tenant_id"] = context.Text("tenant_id"),
        ["timestamp"] = ServiceAnswers.Timestamp(context),
    });

    public static Answer Get(AnswerContext context) =>
        context.State.Outcomes.Change(context.LastSegment) is { } record ? record : NotFound(context);

    public static Answer Amend(AnswerContext context)
    {
        var notes = context.Text("notes") ?? "";
        var changed = context.State.Outcomes.Change(context.LastSegment, record =>
        {
            record["notes"] = $"{(string?)record["notes"]}\n{notes}".Trim();
            record["outcome_timestamp"] = ServiceAnswers.Timestamp(context);
            if (context.Field("outcome") is { ValueKind: not JsonValueKind.Undefined } outcome)
                record["outcome"] = JsonNode.Parse(CanonicalJson.Write(outcome, sorted: false));
        });
        return changed is null ? NotFound(context) : changed;
    }

    public static Answer Summary(AnswerContext context) =>
        new JsonObject { ["total_outcomes"] = context.State.Outcomes.Count, ["generated_at"] = ServiceAnswers.Timestamp(context) };

    private static IslError NotFound(AnswerContext context) =>
        new(404, "ISL_NODE_NOT_FOUND", $"{{'error': 'Outcome {context.LastSegment} not found'}}", "http_error");
}
