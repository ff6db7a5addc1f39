using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>Joining: the processes of a launcher, and what must be equal in them.</summary>
public sealed partial class Crew
{
    // Seconds; without MTRL_PATIENCE.
    private const double LeastPatience = 60;
    private const string PatienceVariable = "MTRL_PATIENCE";

    /// <summary>Whether a launcher of MPI started others with this process.</summary>
    public static bool IsLaunched => Launched is not null;

    private static int? Launched => OptionModule.ToNullable(Launch.Size(Variable));

    /// <summary>Joins the processes that a launcher of MPI started with this one.</summary>
    /// <param name="words">Words of the command, equal in all.</param>
    /// <param name="notice">Receives what the user should know; at rank 0.</param>
    /// <returns>Null: no launcher started others; nothing is loaded.</returns>
    /// <exception cref="MtrlException">No MPI library, one that does not belong to the launcher, or processes that differ.</exception>
    public static Crew? Join(IEnumerable<string> words, Action<string>? notice = null)
    {
        if (Launched is not { } launched)
            return null;
        var patience = Variable(PatienceVariable) switch
        {
            "" => LeastPatience,
            var text when double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 => seconds,
            var text => throw new MtrlException($"{PatienceVariable}={text}: must be a number of seconds above 0."),
        };
        var library = MpiLibrary.Start([.. Launch.Libraries(Variable)]);
        var watchdog = new Watchdog(library.Rank, patience, library.Abort);
        var mpi = new MpiCommunicator(library, watchdog);
        if (OptionModule.ToObj(Launch.WorldRefusal(launched, mpi.Size, library.Version)) is { } refusal)
        {
            mpi.Dispose();
            throw new MtrlException(refusal);
        }

        var crew = new Crew(mpi, watchdog, patience);
        try
        {
            crew.Compare(words, library.Version, notice ?? (_ => { }));
            return crew;
        }
        catch
        {
            crew.Dispose();
            throw;
        }
    }

    /// <summary>Rejects processes that would not do the same.</summary>
    private void Compare(IEnumerable<string> words, string library, Action<string> notice)
    {
        var ranks = new List<ProcessFacts>();
        Answer(() => ranks.Add(ProcessFacts.Own(words, library)), writer => ranks[0].Write(writer), reader => ranks.Add(ProcessFacts.Read(reader)));
        if (Rank == 0)
            ProcessFacts.Compare(ranks, notice);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
