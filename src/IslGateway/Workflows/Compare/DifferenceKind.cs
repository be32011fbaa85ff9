namespace IslGateway.Workflows.Compare;

/// <summary>In what two answers differ at one place.</summary>
internal enum DifferenceKind
{
    /// <summary>Both have a number there, and it is another one.</summary>
    Number,

    /// <summary>Both have a text, or both a truth value, and it is another one.</summary>
    Value,

    /// <summary>What stands there is of another type.</summary>
    Type,

    /// <summary>The answer of now has no such member.</summary>
    Missing,

    /// <summary>The answer of then has no such member.</summary>
    Extra,

    /// <summary>The lists are of different length; they are compared no further.</summary>
    Length,
}
