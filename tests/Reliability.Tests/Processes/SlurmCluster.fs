namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Sockets
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A cluster of Slurm in this machine: two processors, ports of 127.0.0.1 only, all files in a folder of its own. Needs root.
type SlurmCluster() =
    let folder = TestFolder.inMemory "slurm"
    let host = Dns.GetHostName().Split('.')[0]
    let configuration = Path.Combine(folder, "slurm.conf")
    let pids = [ "slurmd.pid"; "slurmctld.pid"; "munge/pid" ]

    let freePort () =
        use listener = new TcpListener(IPAddress.Loopback, 0)
        listener.Start()
        (listener.LocalEndpoint :?> IPEndPoint).Port

    let run program words =
        let code, output, errors =
            ChildProcess.execute program words [ "SLURM_CONF", configuration ]

        if code <> 0 then
            failwith $"{program} {words}: {errors}"

        output

    /// Ends the daemon of a file with its number by a signal.
    let kill (signal: string) file =
        let pid = (File.ReadAllText(Path.Combine(folder, file))).Trim()
        use _ = Process.Start("kill", [ signal; pid ])
        Waiting.Until($"the end of {file}", fun () -> not (Directory.Exists $"/proc/{pid}"))

    /// Ends the daemons that have begun.
    let stop () =
        for file in pids do
            if File.Exists(Path.Combine(folder, file)) then
                kill "-TERM" file

    let startNode () =
        run "slurmd" [ "-f"; configuration ] |> ignore

        Waiting.Until(
            "a node of Slurm is idle",
            fun () ->
                let code, output, _ =
                    ChildProcess.execute "sinfo" [ "-h"; "-o"; "%t" ] [
                        "SLURM_CONF", configuration
                    ]

                code = 0 && output.Trim() = "idle"
        )

    let settings =
        $"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={freePort ()}
SlurmdPort={freePort ()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""

    do
        let munge = Path.Combine(folder, "munge")

        for name in [ "state"; "spool"; "munge" ] do
            Directory.CreateDirectory(Path.Combine(folder, name)) |> ignore

        let owner = UnixFileMode.UserRead ||| UnixFileMode.UserWrite
        File.SetUnixFileMode(munge, owner ||| UnixFileMode.UserExecute)
        let key = Path.Combine(munge, "key")
        File.WriteAllBytes(key, Security.Cryptography.RandomNumberGenerator.GetBytes 1024)
        File.SetUnixFileMode(key, owner)
        File.WriteAllText(configuration, settings)

        try
            run
                "munged"
                (Words.split
                    $"--force --key-file={key} --socket={munge}/socket --pid-file={munge}/pid
                    --log-file={munge}/log --seed-file={munge}/seed")
            |> ignore

            run "slurmctld" [ "-f"; configuration ] |> ignore
            startNode ()
        with _ ->
            stop ()
            reraise ()

    /// Programs that a cluster needs, and the packages of Debian and Ubuntu that have them.
    static member Missing =
        [
            "slurmctld", "slurmctld"
            "slurmd", "slurmd"
            "munged", "munge"
            "sbatch", "slurm-client"
        ]
        |> List.filter (fun (program, _) ->
            not (File.Exists $"/usr/sbin/{program}" || File.Exists $"/usr/bin/{program}"))
        |> List.map snd

    member _.Folder = folder

    /// Kills the daemon of the node, which leaves its jobs running.
    member _.KillNode() = kill "-KILL" "slurmd.pid"

    /// Starts the daemon of the node again, and waits until it has no job.
    member _.StartNode() = startNode ()

    /// Runs a program that finds the cluster: exit code, output and errors.
    member _.Execute program words =
        ChildProcess.execute program words [ "SLURM_CONF", configuration ]

    /// Runs one to its end; its output.
    member _.Run program words = run program words

    interface IDisposable with
        member _.Dispose() =
            run "scancel" [ "--me" ] |> ignore
            stop ()
