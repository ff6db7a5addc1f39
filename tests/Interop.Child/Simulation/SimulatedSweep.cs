using MtrlFunctional.Storage;

namespace MtrlFunctional.Tests.Child;

/// <summary>
/// Several processes train the same runs, one run after the other, as the same sweep that is started several times does;
/// another one reads their checkpoints. Calls on files are interleaved as a seed says; processes die at any of them, and any
/// of them fails. Each that ended is followed by another one.
/// </summary>
/// <remarks>
/// Checked in every order: one process at a time changes a run; what was reported as saved is never lost, and can be read at any
/// time; a process that comes too late is told one that lives; each run ends bit by bit as a run by itself, without files of
/// those that died.
/// </remarks>
internal sealed class SimulatedSweep
{
    private const int Writers = 3, Runs = 2, Interval = 4;
    private const long LastStep = 12;
    private const int DiskError = 5; // EIO
    private static readonly int[] s_errors = [0, 0, 0, 4, DiskError, 13, 24, 28]; // A death, or EINTR, EACCES, EMFILE, ENOSPC.

    private readonly string _folder;
    private readonly Random _random;
    private readonly string _wanted;
    private readonly Dictionary<int, string> _alive = [];
    private readonly Dictionary<string, (int Process, HashSet<int> Before)> _writers = [];
    private readonly long[] _saved = new long[Runs];

    /// <summary>Runs whose newest checkpoint a disk may have failed to read: the one before is used then.</summary>
    private readonly bool[] _mayFallBack = new bool[Runs];

    private readonly int[] _processes = new int[Writers];

    /// <summary>Ids of processes that ran during the one of each writer.</summary>
    private readonly HashSet<int>[] _met = [.. Enumerable.Range(0, Writers).Select(_ => new HashSet<int>())];

    private readonly List<string> _violations = [];
    private int _started, _ended, _faults, _working = Writers;

    private SimulatedSweep(string folder, int seed, int faults, string wanted) =>
        (_folder, _random, _faults, _wanted) = (folder, new Random(seed), faults, wanted);

    /// <summary>What a run leaves that nothing disturbed.</summary>
    /// <param name="folder">Of the run.</param>
    internal static string Undisturbed(string folder)
    {
        using (var training = new ToyTraining(folder))
            training.RunTo(LastStep, Interval);
        return FingerprintOf(folder);
    }

    /// <summary>Simulates one seed.</summary>
    /// <param name="folder">Is empty, and is removed.</param>
    /// <param name="seed">Of order, deaths and failures.</param>
    /// <param name="wanted">See <see cref="Undisturbed"/>.</param>
    /// <returns>Processes that ran.</returns>
    /// <exception cref="InvalidOperationException">A promise was broken; the message names the seed.</exception>
    internal static int Run(string folder, int seed, string wanted)
    {
        Directory.CreateDirectory(folder);
        var sweep = new SimulatedSweep(folder, seed, faults: seed / 2 % 8, wanted);
        FaultLibrary.Arm(folder, "", -1, 0);
        try
        {
            var writers = Enumerable.Range(0, Writers).Select(writer => (Action)(() => sweep.Write(writer)));
            Players.Run(seed, hasFlock: seed % 2 == 0, sweep.Observe, [.. writers, sweep.Read]);
        }
        finally
        {
            FaultLibrary.Disarm();
        }

        for (var run = 0; run < Runs; run++)
            sweep.CheckEnd(run);
        Directory.Delete(folder, recursive: true);
        if (sweep._violations.Count > 0)
            throw new InvalidOperationException($"seed {seed}: {string.Join("; ", sweep._violations.Distinct().Take(5))}");
        return sweep._started;
    }

    private static string FingerprintOf(string folder)
    {
        using var training = new ToyTraining(folder);
        return $"{training.Step}\n{training.Fingerprint()}";
    }

    private string FolderOf(int run) => Path.Combine(_folder, $"run-{run}");

    /// <summary>Processes, one after the other, until the runs are finished.</summary>
    private void Write(int writer)
    {
        var (refused, seen) = (0, 0);
        for (var run = _random.Next(Runs); _saved.Any(step => step < LastStep); run = (run + 1) % Runs)
        {
            if (_saved[run] == LastStep && _random.Next(8) > 0)
                continue;
            if (refused == 0)
                seen = _ended;
            refused = Live(writer, run) ? 0 : refused + 1;
            if (refused > 0 && seen == _ended)
                Players.Rest();
        }

        _working--;
    }

    /// <summary>One process: resumes a run, and trains it to its end. False where another one does.</summary>
    private bool Live(int writer, int run)
    {
        // Process ids come again.
        var id = 1000 + (++_started % 5) + (10 * writer);
        _processes[writer] = _started;
        _alive[id] = $"start {_started}";
        LockOwner.Simulated = (id, other => _alive.GetValueOrDefault(other));
        var isFaulty = _faults > 0 && _random.Next(2) == 0;
        var error = s_errors[_random.Next(s_errors.Length)];
        _mayFallBack[run] |= isFaulty && error == DiskError;
        Players.Start(isFaulty ? 1 + _random.Next(400) : 0, error);
        _met[writer] = [.. _alive.Keys];
        foreach (var others in _met)
            others.Add(id);
        var failure = Train(run);
        _met[writer].Remove(id);
        var isRefused = failure is not null && IsOfAnother(failure, _met[writer]);
        // The program prints these as messages. It does not matter what the code of a dead process throws.
        var isMessage = isFaulty && failure is (MtrlException or IOException or UnauthorizedAccessException);
        if (!Players.End() && failure is not null && !isRefused && !isMessage)
            _violations.Add($"run {run}: {failure}");
        _alive.Remove(id);
        if (!isRefused)
        {
            _ended++;
            Players.WakeAll();
        }

        if (isFaulty)
            _faults--;
        return !isRefused;
    }

    /// <summary>Null, or why it was not trained to its end.</summary>
    private Exception? Train(int run)
    {
        var before = _saved[run];
        try
        {
            using var training = new ToyTraining(FolderOf(run));
            if (training.Step < before && !_mayFallBack[run])
                _violations.Add($"run {run} goes on from step {training.Step}, and {before} was saved");
            _saved[run] = training.Step;
            while (training.Step < LastStep)
            {
                training.RunTo(training.Step + Interval, Interval);
                _saved[run] = training.Step;
            }

            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    /// <summary>Whether a process is told which living one trains the run.</summary>
    private static bool IsOfAnother(Exception failure, IEnumerable<int> others) =>
        failure is MtrlException && failure.Message.Contains("already running", StringComparison.Ordinal)
        && others.Any(other => failure.Message.Contains($"process {other} on ", StringComparison.Ordinal));

    /// <summary>Reads while others write.</summary>
    private void Read()
    {
        Players.Start(0, 0);
        while (_working > 0)
        {
            var run = _random.Next(Runs);
            var before = _saved[run];
            try
            {
                var found = new RunFolder(FolderOf(run)).Checkpoints.Latest(_violations.Add);
                if ((found?.Info.Step ?? 0) < before && !_mayFallBack[run])
                    _violations.Add($"run {run} has step {found?.Info.Step}, and {before} was saved");
            }
            catch (Exception e)
            {
                _violations.Add($"reader: {e}");
            }
        }

        Players.End();
    }

    /// <summary>A process that changed a run changes it no more after another one did. Locks are for all.</summary>
    private void Observe(int player, string call, string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length < 2 || names[1].StartsWith("lock", StringComparison.Ordinal))
            return;
        if (player >= Writers)
        {
            _violations.Add($"the reader: {call} {path}");
            return;
        }

        var process = _processes[player];
        var (last, before) = _writers.GetValueOrDefault(names[0], (process, []));
        if (last != process)
            before.Add(last);
        if (before.Contains(process))
            _violations.Add($"two processes change {names[0]}: {call} {path}");
        _writers[names[0]] = (process, before);
    }

    private void CheckEnd(int run)
    {
        if (FingerprintOf(FolderOf(run)) != _wanted)
            _violations.Add($"run {run} ends otherwise");

        // A process that dies right after its last save leaves the checkpoint before.
        var checkpoints = new RunFolder(FolderOf(run)).Checkpoints;
        if (Directory.GetDirectories(checkpoints.Folder).Length > checkpoints.Steps().Count)
            _violations.Add($"run {run} keeps unfinished checkpoints");
    }
}
