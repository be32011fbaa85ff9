using IslGateway.Content;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>The items of a call, by their index; disposing them gives back what was made for all of them.</summary>
internal interface IWorkItems : IDisposable
{
    int Count { get; }

    /// <summary>How many the caller wants under way at once; null: it does not say.</summary>
    int? Concurrency { get; }

    /// <summary>The raw JSON of an item's id.</summary>
    ReadOnlyMemory<byte> IdOf(int index);

    /// <summary>What an item asks, its body apart; null: it is wrong.</summary>
    RequestItem? RequestOf(int index);

    /// <summary>Equal for items that ask the very same.</summary>
    Digest QuestionOf(int index);

    /// <summary>An item's body, made when it is begun.</summary>
    WorkItem Open(int index);
}
