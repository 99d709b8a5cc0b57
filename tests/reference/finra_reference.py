#!/usr/bin/env python3
"""What every table of finra.otc_transparency must hold, computed from the published files alone.

    finra_reference.py compare TABLES FILE...

TABLES is a folder with NAME.json for each table, as `spine query -o json` prints it; FILE... are the
files that were taken, each a tier's week. Each value is compared with the one computed here, numbers
with decimals bit for bit. The last line says how many values were compared; exit code 1 if one differs.

Written from the formulas, not from the program: whole numbers are Python's, quotients are fractions,
and what is a double in the tables is summed here in the same order (by MPID). Only the standard
library is used.
"""

import datetime
import json
import re
import sys
from fractions import Fraction
from pathlib import Path

TIERS = {"NMS TIER 1": "NMS_TIER_1", "NMS TIER 2": "NMS_TIER_2", "OTC": "OTC",
         "NMS_TIER_1": "NMS_TIER_1", "NMS_TIER_2": "NMS_TIER_2"}
FRIDAY = 4
WINDOW = 6
MILLION = 1_000_000

# The reference knows what the samples hold; anything else stops it instead of being guessed.
SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9]*([.\-/+$= ][A-Za-z0-9]{1,2})?\Z")
MPID = re.compile(r"[A-Z0-9]{4}\Z")


def half_up(value):
    """A fraction as a whole number, halves away from zero."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def hundredths(value):
    return half_up(value * 100)


def week_of_date(date):
    """The last Friday before the day of publication."""
    back = (date.weekday() - FRIDAY) % 7 or 7
    return date - datetime.timedelta(days=back)


class File:
    """One published file: its tier, its week, and its lines as rows."""

    def __init__(self, path):
        lines = Path(path).read_bytes().decode("utf-8-sig").split("\n")
        if lines[-1] == "":
            lines.pop()
        header = [name.strip().lower() for name in lines[0].rstrip("\r").split("|")]
        simple = header[0] == "weekending"
        self.rows = []  # (line number, symbol, mpid, shares, trades, last update)
        tiers, weeks = set(), set()
        for number, line in enumerate(lines[1:], start=2):
            fields = line.rstrip("\r").split("|")
            if len(fields) != len(header):
                sys.exit(f"{path}:{number}: the reference knows no broken lines")
            if simple:
                week, tier, symbol, mpid, shares, trades = fields
                weeks.add(datetime.date.fromisoformat(week))
                updated = None
            else:
                tier, symbol, _, _, mpid, shares, trades, updated = fields
            tiers.add(TIERS[tier.upper()])
            symbol, mpid = symbol.strip(), mpid.strip()
            if not SYMBOL.match(symbol) or not MPID.match(mpid):
                sys.exit(f"{path}:{number}: the reference knows no rejects: {line}")
            self.rows.append((number, symbol, mpid, Fraction(shares), int(trades), updated or None))
        if len(tiers) != 1 or len(weeks) > 1:
            sys.exit(f"{path}: mixes tiers or weeks")
        self.tier = tiers.pop()
        if weeks:
            self.week = weeks.pop()
        else:
            published = re.search(r"(\d{4})(\d{2})(\d{2})\.\w+\Z", Path(path).name)
            self.week = week_of_date(datetime.date(*map(int, published.groups())))


def shares_of(parts):
    """Each part of their total as a double, or None of nothing; both are whole or both are millionths."""
    total = sum(parts)
    if total == 0:
        return [None] * len(parts)
    unit = 1 if all(part.denominator == 1 for part in parts) else MILLION
    return [int(part * unit) / int(total * unit) for part in parts]


def by(rows, *columns):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[column] for column in columns), []).append(row)
    return groups


def average(shares, trades):
    return None if trades == 0 else hundredths(shares / trades)


def tables_of(files):
    tables = {name: {} for name in (
        "otc_raw", "otc_venue_volume", "otc_symbol_summary", "otc_venue_share", "otc_liquidity_score",
        "otc_symbol_rolling_6w", "otc_symbol_venue_share", "otc_symbol_hhi", "otc_tier_split")}
    totals = {}  # (tier, week) -> symbol -> (shares, trades)
    for file in files:
        key = (file.week.isoformat(), file.tier)
        for number, symbol, mpid, shares, trades, updated in file.rows:
            tables["otc_raw"][key + (number,)] = {
                "symbol": symbol, "mpid": mpid, "total_shares": shares, "total_trades": trades,
                "source_last_update_date": updated}
        rows = sorted(file.rows, key=lambda row: (row[1].encode(), row[2].encode()))
        rows = [row for row in rows if row[3] != 0 or row[4] != 0]
        if len({row[1:3] for row in rows}) != len(rows):
            sys.exit(f"{file.tier} {file.week}: the reference knows no duplicates")
        of_tier = totals.setdefault((file.tier, file.week), {})
        for _, symbol, mpid, shares, trades, updated in rows:
            size = average(shares, trades)
            tables["otc_venue_volume"][key + (symbol, mpid)] = {
                "total_shares": shares, "total_trades": trades,
                "avg_trade_size": None if size is None else size / 100,
                "source_last_update_date": updated}
        for (symbol,), own in by(rows, 1).items():
            shares, trades = sum(row[3] for row in own), sum(row[4] for row in own)
            size = average(shares, trades)
            of_tier[symbol] = (shares, trades)
            updates = [row[5] for row in own if row[5]]
            tables["otc_symbol_summary"][key + (symbol,)] = {
                "total_volume": shares, "total_trades": trades, "venue_count": len(own),
                "avg_trade_size": None if size is None else size / 100,
                "source_last_update_date": max(updates) if updates else None}
            tables["otc_liquidity_score"][key + (symbol,)] = {
                "liquidity_score": None if size is None else size * len(own) / 100,
                "total_volume": shares, "total_trades": trades, "venue_count": len(own),
                "avg_trade_size": None if size is None else size / 100}
            squares = 0.0
            for row, share in zip(own, shares_of([row[3] for row in own])):
                tables["otc_symbol_venue_share"][key + (symbol, row[2])] = {
                    "venue_volume": row[3], "venue_share": share}
                squares += 0.0 if share is None else share * share
            tables["otc_symbol_hhi"][key + (symbol,)] = {
                "hhi": None if shares == 0 else squares, "venue_count": len(own)}
        venues = sorted(by(rows, 2).items())
        volumes = [sum(row[3] for row in own) for _, own in venues]
        ranked = sorted(range(len(venues)), key=lambda i: (-volumes[i], venues[i][0]))
        rank = {index: place for place, index in enumerate(ranked, start=1)}
        for index, share in enumerate(shares_of(volumes)):
            (mpid,), own = venues[index]
            tables["otc_venue_share"][key + (mpid,)] = {
                "total_volume": volumes[index], "total_trades": sum(row[4] for row in own),
                "symbol_count": len({row[1] for row in own}), "market_share_pct": share,
                "rank": rank[index]}
    roll(tables["otc_symbol_rolling_6w"], totals)
    split(tables["otc_tier_split"], totals)
    return tables


def roll(table, totals):
    for tier, week in totals:
        window = [week - datetime.timedelta(days=7 * back) for back in range(WINDOW - 1, -1, -1)]
        points = {}
        for friday in window:
            for symbol, point in totals.get((tier, friday), {}).items():
                points.setdefault(symbol, []).append(point)
        for symbol, there in points.items():
            first, last = there[0][0], there[-1][0]
            if first == 0:
                percent = None if last > 0 else 0
                trend = "UP" if last > 0 else "FLAT"
            else:
                percent = hundredths((last - first) / first * 100)
                trend = "UP" if percent > 500 else "DOWN" if percent < -500 else "FLAT"
            table[(week.isoformat(), tier, symbol)] = {
                "avg_volume": sum(point[0] for point in there) // len(there),
                "avg_trades": sum(point[1] for point in there) // len(there),
                "min_volume": min(point[0] for point in there),
                "max_volume": max(point[0] for point in there),
                "trend_direction": trend,
                "trend_pct": None if percent is None else percent / 100,
                "weeks_in_window": len(there), "is_complete": len(there) == WINDOW}


def split(table, totals):
    for week in {week for _, week in totals}:
        there = [tier for tier in ("NMS_TIER_1", "NMS_TIER_2", "OTC") if (tier, week) in totals]
        for symbol in {symbol for tier in there for symbol in totals[(tier, week)]}:
            own = [tier for tier in there if symbol in totals[(tier, week)]]
            volumes = [totals[(tier, week)][symbol][0] for tier in own]
            for tier, volume, share in zip(own, volumes, shares_of(volumes)):
                table[(week.isoformat(), symbol, tier)] = {
                    "tier_volume": volume, "tier_share": share, "tiers_present": len(there),
                    "is_complete": len(there) == 3}


KEYS = {"otc_raw": ("week_ending", "tier", "line_number"),
        "otc_venue_volume": ("week_ending", "tier", "symbol", "mpid"),
        "otc_venue_share": ("week_ending", "tier", "mpid"),
        "otc_symbol_venue_share": ("week_ending", "tier", "symbol", "mpid"),
        "otc_tier_split": ("week_ending", "symbol", "tier")}


def same(expected, row, column):
    found = row[column]
    fraction = row.get(column + "_millionths")
    if isinstance(expected, bool):
        return bool(found) == expected
    if isinstance(expected, Fraction):
        return not isinstance(found, float) and found + Fraction(fraction or 0, MILLION) == expected
    if isinstance(expected, float):
        # A double that is a whole number may be printed as one.
        return isinstance(found, (int, float)) and float(found) == expected
    return found == expected and type(found) is type(expected)


def compare(folder, paths):
    compared = differences = 0
    for name, expected in tables_of([File(path) for path in paths]).items():
        rows = json.loads((Path(folder) / f"{name}.json").read_text())
        keys = KEYS.get(name, ("week_ending", "tier", "symbol"))
        found = {tuple(row[key] for key in keys): row for row in rows}
        wrong = [f"{name}: {len(rows)} rows, {len(found)} of them by their keys"] if len(found) != len(rows) else []
        wrong += [f"{name} {key}: is not there" for key in expected.keys() - found.keys()]
        wrong += [f"{name} {key}: should not be there" for key in found.keys() - expected.keys()]
        for key in expected.keys() & found.keys():
            for column, value in expected[key].items():
                compared += 1
                if not same(value, found[key], column):
                    wrong.append(f"{name} {key} {column}: is {found[key][column]!r}, expected {value!r}")
        for line in wrong[:10]:
            print("DIFFERENCE:", line)
        differences += len(wrong)
        if not expected:
            print("DIFFERENCE:", name, "is empty, so nothing was compared")
            differences += 1
    print(f"{compared} values compared, {differences} differences")
    return 0 if differences == 0 else 1


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] != "compare":
        sys.exit(__doc__)
    sys.exit(compare(sys.argv[2], sys.argv[3:]))
