using Json.Schema;

namespace IslGateway.Caching.Validation;

/// <summary>The options of one evaluation, and the steps that it may take: a body must not keep a processor busy.</summary>
internal sealed class CheckBudget : EvaluationOptions
{
    private int _steps;

    /// <param name="steps">How many steps it may take.</param>
    /// <param name="withFailures">Whether every failure is wanted, or only whether there is one.</param>
    public CheckBudget(int steps, bool withFailures)
    {
        _steps = steps;
        OutputFormat = withFailures ? OutputFormat.Hierarchical : OutputFormat.Flag;
        IgnoreAllAnnotations();
    }

    /// <summary>Takes steps of the budget that an evaluation has.</summary>
    /// <exception cref="OutOfStepsException">There are no more.</exception>
    public static void Spend(EvaluationContext context, int steps = 1)
    {
        if (context.Options is CheckBudget budget && (budget._steps -= steps) < 0) throw new OutOfStepsException();
    }
}
