module MtrlFunctional.Reliability.Tests.Inputs.ModelTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// MJCF documents of any origin, and the files that they name.
let ``a model`` =
    let root = TestFolder.create "models"
    let folder = Path.Combine(root, "model")
    let file = Path.Combine(folder, "model.xml")
    let secret = Path.Combine(root, "secret.xml")

    /// The message with which a model is refused; empty: it was loaded.
    let refusal (load: unit -> Model) =
        try
            use _ = load ()
            ""
        with :? PhysicsException as e ->
            e.Message

    let sphere = "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>"

    let fatal = $"<mujoco><include file=\"{String('a', 3000)}\"/></mujoco>"

    let requireSphere (model: Model) =
        use model = model
        model.Count ElementKind.Geom |> equals 1

    /// Loads a good model in a process of its own, and compiles another one in this process.
    let requireGood () =
        use good = Model.LoadFile(Path.Combine(folder, "good.xml"))
        good.Bodies |> isAbove 1
        requireSphere (Model.LoadOwnText(sphere, "own"))

    /// Seconds of processor time that a model of so many bytes may take: its limit, and the start and the end of its process,
    /// which sanitizers and a busy machine make longer.
    let limit (bytes: int) = 1.0 + 1e-5 * float bytes + 0.5

    /// Loads the model's file, then the good ones; true and the seconds of processor time, where it was loaded. No file beside
    /// the folder may be opened meanwhile.
    let attempt (opened: OpenedFiles) (what: string) =
        opened.Take() |> ignore

        let message, seconds =
            ProcessorTime.during ProcessorTime.ofChildren (fun () ->
                refusal (fun () -> Model.LoadFile file))

        message.Length |> Expect.isBelow what 4000
        opened.Take() |> Expect.isEmpty what
        requireGood ()
        message = "", seconds

    let prepare () =
        Directory.CreateDirectory(Path.Combine(folder, "common")) |> ignore

        for part in Directory.GetFiles HostileModels.common do
            File.Copy(part, Path.Combine(folder, "common", nonNull (Path.GetFileName part)))

        for kind in [ "xml"; "stl"; "png"; "skn" ] do
            File.WriteAllText(
                Path.Combine(root, $"secret.{kind}"),
                "<mujocoinclude><worldbody><geom name='secret' size='1'/></worldbody></mujocoinclude>"
            )

        File.CreateSymbolicLink(Path.Combine(folder, "link.xml"), secret) |> ignore
        File.CreateSymbolicLink(Path.Combine(folder, "links"), root) |> ignore
        SpecialFiles.mkfifo (Path.Combine(folder, "pipe"), 0o600u) |> equals 0

        File.WriteAllText(
            Path.Combine(folder, "good.xml"),
            "<mujoco><worldbody><body><joint/><geom size='1'/></body></worldbody></mujoco>"
        )

    after (lazy prepare ()) [
        testCase "of any text loads or is refused with a message, and the next one loads" (fun () ->
            let random = Random 1
            let mutable loaded, slowest = 0, 0.0
            use opened = new OpenedFiles(root)
            let cases = LongForm.count 40 2000

            for case in 1..cases do
                File.WriteAllText(
                    file,
                    HostileModels.mutate random (Fuzz.pick random HostileModels.good)
                )

                let isLoaded, seconds = attempt opened $"text {case}"
                seconds |> Expect.isAtMost $"text {case}" 1.0
                loaded <- loaded + if isLoaded then 1 else 0
                slowest <- max slowest seconds
                LongForm.progress case cases

            loaded |> isInRange 1 (cases - 1)

            LongForm.report
                $"{cases} texts, {loaded} loaded, at most {slowest:F2} s of processor time; good models after each")

        testCase "of a bomb loads or is refused with a message, and the next one loads" (fun () ->
            let mutable slowest = 0.0
            use opened = new OpenedFiles(root)

            // In the short form every other one.
            let bombs =
                Array.append HostileModels.entities HostileModels.sizes
                |> Array.indexed
                |> Array.filter (fun (i, _) -> i % LongForm.count 2 1 = 0)
                |> Array.map snd

            for what, text in bombs do
                File.WriteAllText(file, text)
                let _, seconds = attempt opened what
                seconds |> Expect.isBelow what (limit text.Length)
                slowest <- max slowest seconds

            LongForm.report
                $"{bombs.Length} bombs, at most {slowest:F2} s of processor time; good models after each")

        testCase
            "with a broken file loads or is refused with a message, and the next one loads"
            (fun () ->
                let random = Random 2
                let mutable loaded, slowest = 0, 0.0
                use opened = new OpenedFiles(root)
                let cases = LongForm.count 9 1800

                let load what (part: ModelFiles.ModelFile) (content: byte[]) =
                    File.WriteAllBytes(Path.Combine(folder, part.Name), content)
                    File.WriteAllText(file, part.Document)
                    attempt opened what

                for part in ModelFiles.all do
                    fst (load part.Name part part.Content) |> Expect.isTrue part.Name

                for case in 1..cases do
                    let part = ModelFiles.all[case % ModelFiles.all.Length]
                    let what = $"file {case}, {part.Name}"
                    let content = Fuzz.mutateBytes random part.Content
                    let isLoaded, seconds = load what part content
                    seconds |> Expect.isBelow what (limit content.Length)
                    loaded <- loaded + if isLoaded then 1 else 0
                    slowest <- max slowest seconds
                    LongForm.progress case cases

                loaded |> isBelow cases

                LongForm.report
                    $"{cases} broken files, {loaded} loaded, at most {slowest:F2} s of processor time; good models after each")

        testCase "with a fatal error stops nothing" (fun () ->
            for _ in 1..3 do
                refusal (fun () -> Model.LoadText fatal) |> contains "MuJoCo"
                requireSphere (Model.LoadText sphere))

        testTheory "opens no file outside its folder" HostileModels.waysOut
        <| fun element ->
            File.WriteAllText(file, HostileModels.withElements element)
            use opened = new OpenedFiles(root)
            refusal (fun () -> Model.LoadFile file) |> isNotEmpty
            opened.Take() |> isEmpty
            // An opened file is noticed.
            File.ReadAllText secret |> ignore
            opened.Take() |> equals [ "secret.xml" ]

        /// Other places than the folder around the model's are observed by strace, where it is installed.
        testCase
            "makes no system call that opens another file, changes one or starts a program"
            (fun () ->
                let random = Random 1

                let documents =
                    List.concat [
                        [
                            for element in HostileModels.waysOut ->
                                HostileModels.withElements element
                        ]
                        [ for _, text in HostileModels.entities -> text ]
                        [ for part in ModelFiles.all -> part.Document ]
                        [
                            for _ in 1 .. LongForm.count 5 2000 ->
                                HostileModels.mutate random (Fuzz.pick random HostileModels.good)
                        ]
                    ]

                for part in ModelFiles.all do
                    let broken = Fuzz.mutateBytes random part.Content
                    File.WriteAllBytes(Path.Combine(folder, part.Name), broken)

                // Beside the others: what they name is relative to their own folder.
                let names = [
                    for case, text in List.indexed documents do
                        let name = Path.Combine(folder, $"traced-{case}.xml")
                        File.WriteAllText(name, text)
                        name
                ]

                let calls = LoaderTrace.record folder names

                let wrong = [
                    for call in calls do
                        if not (LoaderTrace.isAllowed folder call) then
                            call
                ]

                wrong |> isEmpty
                // Each of them was read.
                names |> List.filter (LoaderTrace.opened calls >> not) |> isEmpty

                LongForm.report
                    $"{names.Length} documents, {calls.Length} calls traced, no file elsewhere")

        testCase "of a variant includes no file outside its folder" (fun () ->
            for include' in [ "../secret.xml"; "link.xml"; secret ] do
                File.WriteAllText(
                    Path.Combine(folder, "walker.xml"),
                    $"<mujoco><include file=\"{include'}\"/></mujoco>"
                )

                use models = new DmControlModels(folder)
                let message = refusal (fun () -> models.Take "walker-len-3")
                message |> contains "not a file below its folder")

        /// The last of all tests, since it makes the parser of this process unusable: subjects run from the last file to the first.
        testCase "of this program with a fatal error leaves the next ones loadable" (fun () ->
            refusal (fun () -> Model.LoadOwnText(fatal, "own")) |> contains "MuJoCo"
            requireSphere (Model.LoadOwnText(sphere, "own")))
    ]
