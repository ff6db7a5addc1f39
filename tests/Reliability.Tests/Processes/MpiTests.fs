module MtrlFunctional.Reliability.Tests.Processes.MpiTests

open Expecto
open Expecto.Flip
open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Threading
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

module private Ranks =
    [<DllImport("libc")>]
    extern int private kill(int pid, int signal)

    let read file =
        try
            File.ReadAllText file
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ""

    let isProgram (id: string) (folder: string) =
        let words = (read $"/proc/{id}/cmdline").Split '\000'
        words[0].EndsWith "dotnet" && words |> Array.exists _.Contains(folder)

    /// The processes of a run in a folder: their ids by rank.
    let ofRun folder = [
        for place in Directory.GetDirectories "/proc" do
            let id = nonNull (Path.GetFileName place)

            if Char.IsDigit id[0] && isProgram id folder then
                let variables = (read $"/proc/{id}/environ").Split '\000'

                for name in [ "OMPI_COMM_WORLD_RANK="; "PMI_RANK=" ] do
                    for variable in variables do
                        if variable.StartsWith name then
                            int (variable.Substring name.Length), int id
    ]

    let signal (id: int) number = kill (id, number) |> ignore

/// How processes share a run, the most of them that the tests start, the steps between two saves, the saves of a run, and the
/// words of an agent. Updates of SAC begin before the second save.
let private agents = [
    "that play its episodes",
    3,
    80L,
    30L,
    "agent=mtppo agent.on_policy.batch_size=160 agent.on_policy.minibatch_size=40"
    "that share its updates",
    2,
    20L,
    15L,
    "agent=state_sac setup.parts=4 experiment.init_steps=20 replay_buffer.batch_size=16 replay_buffer.capacity=2000"
]

/// Runs by mpirun; of each library only where it is installed.
let ``a run in processes of MPI`` = [
    let libraries = [ "openmpi", "openmpi-bin"; "mpich", "mpich" ]

    // Kinds differ in what is sent, libraries in how.
    let cases =
        if LongForm.isAsked then
            List.allPairs libraries agents
        else
            List.zip libraries (List.rev agents)

    for (library, package), (kind, most, interval, saves, agent) in cases do
        let folder = TestFolder.inMemory "mpi"
        let launcher = $"mpirun.{library}"

        let words name =
            Words.split
                $"train env=metaworld-mt10 env.tasks=[reach-v3,push-v3] agent.actor.hidden_dim=8 env.horizon=20
                experiment.num_train_steps={saves * interval} experiment.eval_freq={5L * interval} experiment.save_freq={interval}
                experiment.num_eval_episodes=1 setup.seed=1 setup.threads=1 setup.device=cpu
                setup.name={name} setup.base_path={folder} {agent}"

        let pathOf name = Path.Combine(folder, name, "seed-1")

        /// The newest checkpoint: its step and its agent. One that is not whole fails the test.
        let newest name =
            match RunFolder(pathOf name).Checkpoints.Latest(fun skipped -> failtest skipped) with
            | null -> -1L, ""
            | found ->
                found.Info.Step,
                (found.Files |> Seq.find (fun file -> file.Name = "agent.safetensors")).Sha256

        let start processes name (patience: string) =
            let own =
                if library = "openmpi" then
                    [ "--oversubscribe"; "--bind-to"; "none" ]
                else
                    []

            let info =
                ProcessStartInfo(
                    launcher,
                    own @ [ "-n"; string processes; "dotnet"; ChildProcess.mtrl ] @ words name,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                )

            for variable in [ "OMPI_ALLOW_RUN_AS_ROOT"; "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM" ] do
                info.Environment[variable] <- "1"

            info.Environment["MTRL_PATIENCE"] <- patience
            nonNull (Process.Start info)

        /// The run of one process.
        let alone =
            lazy
                (let code, _, errors =
                    ChildProcess.execute "dotnet" (ChildProcess.mtrl :: words "alone") []

                 code |> Expect.equal errors 0
                 newest "alone")

        let installed =
            lazy
                if not (File.Exists $"/usr/bin/{launcher}") then
                    skiptest $"{launcher} is not installed (apt-get install {package})."

        /// Starts the run, signals a rank, or its launcher where there is no rank, some time after its next checkpoint, and
        /// waits for the end: the exit code, the seconds and what was said.
        let signalled processes name patience (rank: int option) number =
            use running = start processes name patience
            let errors = running.StandardError.ReadToEndAsync()
            running.OutputDataReceived.Add ignore
            running.BeginOutputReadLine()
            let first = max 0L (fst (newest name))

            Waiting.Until("a checkpoint", fun () -> running.HasExited || fst (newest name) > first)

            Thread.Sleep(Random.Shared.Next 100)

            match rank with
            | None -> Ranks.signal running.Id number
            | Some rank ->
                for found, id in Ranks.ofRun folder do
                    if found = rank then
                        Ranks.signal id number

            let seconds = TrainingProcess.awaitEnd running
            running.ExitCode, seconds, errors.Result

        // Libraries side by side: a run waits most of its time.
        testSequencedGroup library
        <| testList
            $"{library}, {kind}"
            (after installed [
                testCase
                    "saves when one is asked to, ends when one is killed or stands still, and goes on to the bits of one process"
                    (fun () ->
                        let random = Random 7

                        for series in 1 .. LongForm.count 1 10 do
                            let name = $"together-{series}"
                            let code, _, errors = signalled 2 name "60" (Some 1) 10
                            code |> Expect.equal errors 85

                            for kill in 1..5 do
                                let number = if kill = 5 && library = "openmpi" then 19 else 9

                                // A launcher that stands still stops no rank.
                                let rank =
                                    match random.Next((if number = 9 then -1 else 0), most) with
                                    | -1 -> None
                                    | rank -> Some rank

                                let code, seconds, errors = signalled most name "8" rank number

                                let what =
                                    $"series {series}, signal {number} to {rank}, {seconds:F1} s, {errors}"

                                code |> Expect.notEqual what 0
                                seconds |> Expect.isBelow what 30.0

                                if number = 19 then
                                    what
                                    |> matches "no answer for [0-9]+ seconds in (iteration|step)"

                                Waiting.Until(
                                    "no process is left",
                                    fun () -> Ranks.ofRun folder = []
                                )

                            let code, output, errors =
                                TrainingProcess.finish (start most name "60")

                            code |> Expect.equal errors 0
                            newest name |> Expect.equal $"series {series}" alone.Value
                            let lines = output.Split '\n'
                            lines |> Array.filter _.StartsWith("done:") |> hasLength 1
                            output |> lacks "\x1b"
                            LongForm.progress series (LongForm.count 1 10))

                testCase "has exceptions of .NET at reads from null" (fun () ->
                    let child = typeof<Waiting>.Assembly.Location

                    let code, output, errors =
                        ChildProcess.execute launcher [
                            "-n"
                            "2"
                            "dotnet"
                            child
                            "crew"
                            folder
                        ] [ "OMPI_ALLOW_RUN_AS_ROOT", "1"; "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1" ]

                    code |> Expect.equal errors 0
                    output.Trim() |> endsWith "an exception")
            ])
]
