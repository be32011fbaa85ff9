namespace IslGateway.Workflows.Compare;

/// <summary>Why a question was not answered, or not asked.</summary>
internal enum CompareCause
{
    /// <summary>The candidate could not be reached: refused, no such name, a certificate that is not trusted.</summary>
    Unreachable,

    /// <summary>No whole answer of the candidate within the row's <c>UpstreamTimeout</c>.</summary>
    TimedOut,

    /// <summary>The candidate's answer broke off.</summary>
    BrokeOff,

    /// <summary>The candidate's answer is larger than <c>Cache:MaxEntrySize</c>.</summary>
    TooLarge,

    /// <summary>The buffer budget had no room for the candidate's answer.</summary>
    NoRoom,

    /// <summary>The candidate answered 200, but no JSON.</summary>
    NotJson,

    /// <summary>The candidate refuses the credential, or that there is none.</summary>
    Refused,

    /// <summary>The candidate's status is another than 200.</summary>
    StatusNotOk,

    /// <summary>
    /// The question was asked under a credential that is none of <c>Warming:Credentials</c>: it cannot be sent to the candidate where one
    /// is to be, nor to ISL where no answer is stored.
    /// </summary>
    NoCredential,

    /// <summary>No answer of the present configuration is stored, and ISL was not to be asked for one.</summary>
    NotStored,

    /// <summary>ISL itself gave no answer that could be stored.</summary>
    NoPresentAnswer,

    /// <summary>The row's answers are not cached, or not at present; or they depend on what a user has told ISL.</summary>
    NotCached,
}
