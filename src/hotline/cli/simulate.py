"""`hotline simulate`: the same core on a virtual clock with simulated people; prints the figures, and Erlang's beside them."""

import argparse
import gc
import time
from collections.abc import Iterable

from hotline.core.events import AgentState, Disposition, VisitOutcome
from hotline.core.metrics import erlang
from hotline.simulation.figures import Figures
from hotline.simulation.plan import DAY_CURVE, FLAT, Plan
from hotline.simulation.theory import bare_plan, compare
from hotline.simulation.world import World

HELP = "用虚拟时钟和模拟的市民、座席运行真实的核心，给出报表和 Erlang 对照"

_DISPOSITIONS = {
    Disposition.AGENT_ANSWERED: "座席接听",
    Disposition.SELF_SERVED: "自助完成",
    Disposition.IVR_HANGUP: "语音菜单挂断",
    Disposition.QUEUE_ABANDONED: "排队放弃",
    Disposition.RING_ABANDONED: "振铃放弃",
    Disposition.VOICEMAIL: "留言",
    Disposition.OVERFLOW_LOST: "溢出未接",
    Disposition.CLOSED: "非服务时间",
    Disposition.REJECTED: "拦截",
    Disposition.SYSTEM_LOST: "系统中断",
}
_STATES = {
    AgentState.READY: "等待",
    AgentState.RINGING: "振铃",
    AgentState.TALKING: "通话",
    AgentState.HOLDING: "保持",
    AgentState.AFTER_CALL: "话后处理",
    AgentState.BUSY: "示忙",
    AgentState.REST: "小休",
    AgentState.DIALLING: "外呼拨号",
    AgentState.INTERNAL: "内部通话",
    AgentState.MISSED: "未应答",
}
_FIGURES = {
    "waiting": "需要等待的比例",
    "mean_wait_s": "平均等待 (秒)",
    "answered_in_20_s": "20 秒内接听",
    "abandoned": "放弃率",
    "utilisation": "座席占用率",
}
_GRACE_ERRORS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--hours", type=float, default=24.0, help="模拟的小时数 (默认 24)")
    parser.add_argument("--seed", type=int, default=1, help="随机种子：相同种子得到相同的一天")
    parser.add_argument("--calls", type=int, default=10_000, help="day 模型全程来电总数 (默认 10000)")
    parser.add_argument("--agents", type=int, default=60, help="座席数 (默认 60)")
    parser.add_argument("--talk", type=float, default=150.0, metavar="秒", help="平均通话时长 (指数分布)")
    parser.add_argument("--wrap-up", type=float, default=20.0, metavar="秒", help="话后处理时长")
    parser.add_argument("--patience", type=float, default=180.0, metavar="秒", help="平均耐心 (指数分布)")
    parser.add_argument("--start-hour", type=float, default=0.0, help="从当地几点开始")
    parser.add_argument("--flat", action="store_true", help="全天均匀来电，不用日曲线")
    parser.add_argument(
        "--queue-model",
        choices=("day", "mmn", "mmnm"),
        default="day",
        help="day 完整热线；mmn 与 Erlang C 对照；mmnm 与 Erlang A 对照",
    )
    parser.add_argument(
        "--calls-per-hour", type=float, default=0.0, help="mmn/mmnm 模型的来电速率 (默认 calls÷hours)"
    )
    parser.add_argument("--runs", type=int, default=20, help="mmn/mmnm 模型独立重复的次数 (用来估计标准误)")


def run(args: argparse.Namespace) -> int:
    """Simulate and print; returns 1 when a theory run is further than three standard errors from the theory."""
    gc.disable()  # a run keeps all it makes to its end: looking for garbage finds none
    if args.queue_model == "day":
        return _day(args)
    return _theory(args)


def _day(args: argparse.Namespace) -> int:
    plan = Plan(
        hours=args.hours,
        calls=args.calls,
        agents=args.agents,
        talk_s=args.talk,
        wrap_up_s=args.wrap_up,
        patience_s=args.patience,
        start_hour=args.start_hour,
        curve=FLAT if args.flat else DAY_CURVE,
    )
    began, cpu = time.perf_counter(), time.process_time()
    world = World(plan, args.seed)
    figures = Figures()
    world.observer = figures.see
    world.run()
    figures.close(world.clock.at)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    calls = figures.dispositions.total()
    print(
        f"模拟 {args.hours:g} 小时，种子 {args.seed}，座席 {args.agents}：来电 {calls}，事件 {figures.events}"
    )
    print(f"用时 {took:.1f} 秒 (CPU {cpu:.1f} 秒，每通来电 {cpu / max(1, calls) * 1e6:.0f} 微秒)\n")
    _table("来电去向", [(name, figures.dispositions[key], calls) for key, name in _DISPOSITIONS.items()])
    answered = figures.waits_s[VisitOutcome.ANSWERED]
    print("排队")
    print(f"  进入排队 {figures.entered}，接听 {len(answered)}，放弃率 {figures.abandoned_share:.2%}")
    print(f"  服务水平 (20 秒) {figures.answered_within(20):.2%}，平均等待 {figures.mean_wait_s:.1f} 秒\n")
    present = sum(seconds for state, seconds in figures.seconds.items() if state in _STATES)
    _table(
        "座席时间 (小时)",
        [(name, round(figures.seconds[key] / 3600, 1), present / 3600) for key, name in _STATES.items()],
    )
    if not args.flat:
        _peak(args)
    return 0


def _table(title: str, rows: Iterable[tuple[str, float, float]]) -> None:
    print(title)
    for name, value, total in rows:
        if value:
            print(f"  {name:<8}\t{value:>9}\t{value / total:8.2%}")
    print()


def _peak(args: argparse.Namespace) -> None:
    """Say what Erlang C asks for in the busiest hour of the curve."""
    hours = [DAY_CURVE[int(args.start_hour + n) % 24] for n in range(max(1, round(args.hours)))]
    per_hour = args.calls * max(hours) / sum(hours)
    handling_s = args.talk + args.wrap_up
    load = per_hour / 3600 * handling_s
    needed = erlang.agents_for(load, handling_s, 20.0, 0.8)
    print(
        f"最忙一小时 {per_hour:.0f} 通，话务量 {load:.1f} erl：按 Erlang C，20 秒内接听 80% 需要 {needed} 席 (未计休息)"
    )


def _theory(args: argparse.Namespace) -> int:
    rate = args.calls_per_hour or args.calls / args.hours
    plan = bare_plan(args.queue_model, rate, args.agents, args.talk, args.patience, args.hours)
    print(
        f"{args.queue_model}：{rate:g} 通/小时，{args.agents} 席，平均通话 {args.talk:g} 秒，{args.runs} 次各 {args.hours:g} 小时\n"
    )
    print(f"{'':<16}\t{'理论':>8}\t{'模拟':>8}\t{'标准误':>8}\t相差标准误")
    far = False
    for line in compare(plan, args.seed, args.runs):
        far = far or line.errors_off > _GRACE_ERRORS
        print(
            f"{_FIGURES[line.name]:<12}\t{line.theory:10.4f}\t{line.measured:10.4f}"
            f"\t{line.standard_error:10.4f}\t{line.errors_off:6.2f}"
        )
    return 1 if far else 0
